"""What can run the model in a browser: which files of which package, and the few lines that call it."""

from __future__ import annotations

from dataclasses import dataclass, field

# The page waits for `window.first`, the time of the first answer, or for `window.failed`.
AROUND = """
(async () => {{
    window.run = await begin();
    await window.run(new Float32Array(784));
    window.first = performance.now();
}})().catch((error) => {{ console.error(error); window.failed = true; }});
{begin}
"""
TFJS = """
async function begin() {
    PREPARE
    const { modelTopology, weightSpecs, weightData } = MODEL;
    const bytes = Uint8Array.from(atob(weightData), (character) => character.charCodeAt(0));
    const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData: bytes.buffer }));
    return async (image) => tf.tidy(() => model.predict(tf.tensor4d(image, [1, 28, 28, 1])).dataSync());
}
"""
LITERT = """
import { loadLiteRt, loadAndCompile, Tensor } from "./index.js";
async function begin() {
    await loadLiteRt("./");
    const model = await loadAndCompile("./model.tflite", { accelerator: "wasm" });
    return async (image) => {
        const input = new Tensor(image, [1, 28, 28, 1]);
        const [output] = await model.run(input);
        const scores = [...output.toTypedArray()];
        input.delete();
        output.delete();
        return scores;
    };
}
"""
ONNX = """
import * as ort from "./ort.wasm.min.mjs";
async function begin() {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = new URL("./", location.href).href;
    const session = await ort.InferenceSession.create("./model.onnx", { executionProviders: ["wasm"] });
    const [input, output] = [session.inputNames[0], session.outputNames[0]];
    return async (image) => {
        const answer = await session.run({ [input]: new ort.Tensor("float32", image, [1, 28, 28, 1]) });
        return answer[output].data;
    };
}
"""


@dataclass(frozen=True)
class Runtime:
    """``packages``: for each, paths in it and their names on the page. ``patches``: in a file, what replaces what."""

    name: str
    version: str
    packages: dict[str, dict[str, str]]
    model: str
    begin: str
    scripts: tuple[str, ...] = ()
    is_module: bool = False
    patches: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def script(self) -> str:
        imports, _, rest = self.begin.rpartition("\nasync function begin")
        return imports + AROUND.format(begin="async function begin" + rest)


def _tensorflow_js(*parts: str) -> dict[str, dict[str, str]]:
    return {f"@tensorflow/tfjs-{part}@4.22.0": {f"dist/tf-{part}.min.js": f"tf-{part}.min.js"} for part in parts}


TFJS_CPU = _tensorflow_js("core", "converter", "backend-cpu")
TFJS_WASM = _tensorflow_js("core", "converter", "backend-cpu", "backend-wasm")
TFJS_WASM["@tensorflow/tfjs-backend-wasm@4.22.0"]["dist/tfjs-backend-wasm-simd.wasm"] = "tfjs-backend-wasm-simd.wasm"
RUNTIMES = (
    Runtime(
        "TensorFlow.js, cpu",
        "4.22.0",
        TFJS_CPU,
        "model.js",
        TFJS.replace("PREPARE", 'await tf.setBackend("cpu");'),
        ("tf-core.min.js", "tf-converter.min.js", "tf-backend-cpu.min.js", "model.js"),
    ),
    Runtime(
        "TensorFlow.js, wasm",
        "4.22.0",
        TFJS_WASM,
        "model.js",
        TFJS.replace("PREPARE", 'tf.wasm.setWasmPaths("./");\n    await tf.setBackend("wasm");'),
        ("tf-core.min.js", "tf-converter.min.js", "tf-backend-cpu.min.js", "tf-backend-wasm.min.js", "model.js"),
    ),
    Runtime(
        "LiteRT.js, wasm",
        "2.5.3",
        {
            "@litertjs/core@2.5.3": {
                "dist/index.js": "index.js",
                "wasm/litert_wasm_internal.js": "litert_wasm_internal.js",
                "wasm/litert_wasm_internal.wasm": "litert_wasm_internal.wasm",
            },
            "@litertjs/wasm-utils@2.5.3": {"dist/index.js": "wasm-utils.js"},
        },
        "model.tflite",
        LITERT,
        is_module=True,
        patches={"index.js": ("@litertjs/wasm-utils", "./wasm-utils.js")},  # what a bundler would do
    ),
    Runtime(
        "ONNX Runtime Web, wasm",
        "1.30.0",
        {
            "onnxruntime-web@1.30.0": {
                "dist/ort.wasm.min.mjs": "ort.wasm.min.mjs",
                "dist/ort-wasm-simd-threaded.mjs": "ort-wasm-simd-threaded.mjs",
                "dist/ort-wasm-simd-threaded.wasm": "ort-wasm-simd-threaded.wasm",
            }
        },
        "model.onnx",
        ONNX,
        is_module=True,
    ),
)
