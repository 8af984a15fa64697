"""A whisper-format model with random weights: nonsense out, but every line of the real loading and decoding runs."""

import json
from pathlib import Path

import numpy as np
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.whisper_spec import WhisperConfig
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordLevel

WORDS = 400
VOCABULARY = WORDS + 1 + 107 + 1_501
WIDTH = 8
HEADS = 2
TIMESTAMPS = 1_501


def build_model(folder: Path, *, seed: int = 7) -> Path:
    folder.mkdir(parents=True)
    tokens, specials = _tokens()
    spec = WhisperSpec(1, HEADS, 1, HEADS)
    _fill(spec, np.random.default_rng(seed))
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    _write_config(folder, {name: number for number, name in enumerate(tokens)})
    tokenizer = Tokenizer(WordLevel({name: number for number, name in enumerate(tokens)}, unk_token="w0"))
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in specials])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    return folder


def _tokens() -> tuple[list[str], list[str]]:
    """In the order of the real vocabulary: words, then specials, then timestamps."""
    specials = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in _LANGUAGE_CODES[:99])]
    specials += [
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    times = [f"<|{number * 0.02:.2f}|>" for number in range(TIMESTAMPS)]
    words = [f"w{number}" for number in range(WORDS)]
    # The empty token is how CTranslate2 tells a multilingual model from an English one.
    return [*words, "", *specials, *times], specials


def _fill(spec: WhisperSpec, random: np.random.Generator) -> None:
    def weights(*shape: int) -> np.ndarray:
        return random.normal(0, 0.5, shape).astype(np.float32)

    def norm(layer) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def linear(layer, out: int, into: int) -> None:
        layer.weight, layer.bias = weights(out, into), np.zeros(out, np.float32)

    def attention(layer, *, crossed: bool) -> None:
        norm(layer.layer_norm)
        for part, out in zip(layer.linear, (WIDTH, 2 * WIDTH, WIDTH) if crossed else (3 * WIDTH, WIDTH), strict=True):
            linear(part, out, WIDTH)

    def feed_forward(layer) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 4 * WIDTH, WIDTH)
        linear(layer.linear_1, WIDTH, 4 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(WIDTH, 80, 3), np.zeros(WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = weights(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = weights(1500, WIDTH)
    decoder.embeddings.weight = weights(VOCABULARY, WIDTH)
    decoder.position_encodings.encodings = weights(448, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    for side in (encoder, decoder):
        norm(side.layer_norm)
        for layer in side.layer:
            attention(layer.self_attention, crossed=False)
            if side is decoder:
                attention(layer.attention, crossed=True)
            feed_forward(layer.ffn)


def _write_config(folder: Path, ids: dict[str, int]) -> None:
    config = WhisperConfig(
        suppress_ids=[ids[name] for name in ("<|startoflm|>", "<|startofprev|>", "<|nospeech|>")],
        suppress_ids_begin=[ids["<|endoftext|>"]],
        lang_ids=[ids[f"<|{code}|>"] for code in _LANGUAGE_CODES[:99]],
        alignment_heads=[(0, 0)],
    )
    config.save_as_json(str(folder / "config.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 80}))
