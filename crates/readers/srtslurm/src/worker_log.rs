//! Worker logs of SGLang, vLLM and TensorRT-LLM as series of samples.
