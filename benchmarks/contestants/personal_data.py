"""
Times other tools that look for personal data in Japanese, in an environment of their own.

Reads a list of texts as JSON from standard input, and prints one line of JSON for each tool: `name` and `taken`, the
best of some calls for each text in µs, in order; or `name` and `missing`.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def kakushi() -> Callable[[str], object]:
    """Find with the patterns of kakushi, without its language model."""
    find_all = importlib.import_module("kakushi").find_all
    return lambda text: find_all(text, use_ner=False)


def privacy_masker() -> Callable[[str], object]:
    """Find with the patterns of privacy-masker; its language model is not in the package."""
    detectors = importlib.import_module("privacy_masker.detectors")
    engine = importlib.import_module("privacy_masker").PrivacyEngine
    detect: Callable[[str], object] = engine(
        detectors=[detectors.RegexDetector.default_ja(), detectors.HandleDetector()]
    ).detect
    return detect


def namemask() -> Callable[[str], object]:
    """Find with the patterns of namemask, without its language model."""
    api = importlib.import_module("namemask.api")
    detectors = api.build_default_pipeline(api.load_config(), None, use_ner=False, use_address=True)
    verifier = api.build_verifier(api.load_config(), use_llm=False, client=None)
    return lambda text: api.run_pipeline(text, detectors, verifier)


def presidio() -> Callable[[str], object]:
    """Analyse with Presidio on a Japanese spaCy model."""
    analyzer = importlib.import_module("presidio_analyzer")
    engines = importlib.import_module("presidio_analyzer.nlp_engine")
    settings: dict[str, Any] = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "ja", "model_name": "ja_ginza"}],
    }
    engine = engines.NlpEngineProvider(nlp_configuration=settings).create_engine()
    registry = analyzer.RecognizerRegistry(supported_languages=["ja"])
    registry.load_predefined_recognizers(languages=["ja"], nlp_engine=engine)
    analyse = analyzer.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["ja"]).analyze
    return lambda text: analyse(text=text, language="ja")


#: Packages, how to call them, and how many of the texts they are given.
TOOLS: tuple[tuple[str, Callable[[], Callable[[str], object]], int], ...] = (
    ("kakushi", kakushi, 1000),
    ("privacy-masker", privacy_masker, 1000),
    ("namemask", namemask, 1000),
    ("presidio-analyzer", presidio, 60),
)


def timings(call: Callable[[str], object], texts: Sequence[str], *, rounds: int) -> list[float]:
    """Give the best of some calls for each text, in µs, in order."""
    for text in texts[:5]:
        call(text)
    best: list[float] = []
    for text in texts:
        fastest = float("inf")
        for _ in range(rounds):
            began = time.perf_counter_ns()
            call(text)
            fastest = min(fastest, time.perf_counter_ns() - began)
        best.append(fastest / 1000)
    return sorted(best)


def main() -> None:
    """Time each of them."""
    texts = json.load(sys.stdin)
    for package, make, count in TOOLS:
        try:
            name = f"{package} {version(package)}"
        except PackageNotFoundError:
            print(json.dumps({"name": package, "missing": True}))
            continue
        taken = timings(make(), texts[:count], rounds=5 if count > 100 else 2)
        print(json.dumps({"name": name, "taken": taken}), flush=True)


if __name__ == "__main__":
    main()
