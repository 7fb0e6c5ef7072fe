"""Train, measure and write the pinned models: ``python -m pipeline``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.export import clothes_card, export_keras, export_litert, framework, write_version
from pipeline.reference import add_reference
from server.model_card import EXTRA_FOLDER, PINNED_MODELS, InputSpec, ModelCard
from server.quiet import import_tensorflow

console = Console()


HELD_OUT = 12_000  # pictures: the last fifth, which LeNet-5 is validated on
MODELS = ("clothes", "clothes-v2", "digits", "clothing")


def main(
    models: Annotated[Path, typer.Option(help="The model repository to write to.")] = PINNED_MODELS,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs for the clothes models.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Any of {', '.join(MODELS)}; default: all.")] = None,
) -> None:
    """Train the models, measure them on their test sets, and write them with their cards into a repository.

    Example: python -m pipeline --models work/models --only clothes --epochs 3
    """
    makers = dict(zip(MODELS, (make_lenet, make_convnet, make_digits, make_gate), strict=True))
    if unknown := set(only or []) - set(makers):
        raise typer.BadParameter(f"no model {', '.join(unknown)}; there is {', '.join(makers)}")
    for name in only or makers:
        with console.status(f"{makers[name].__doc__}"):
            card, folder = makers[name](models, epochs)
        console.print(f"{card.name} v{card.version}: test accuracy {card.metrics['accuracy']}, in {folder}")


def make_lenet(models: Path, epochs: int | None) -> tuple[ModelCard, Path]:
    """Training LeNet-5 on Fashion-MNIST"""
    pixels, labels = _training_set()
    from pipeline import train

    model, _ = train.train_lenet(pixels, labels, epochs or train.EPOCHS)
    settings = {
        "seed": train.SEED,
        "batch_size": train.BATCH_SIZE,
        "epochs": epochs or train.EPOCHS,
        "validation_share": train.VALIDATION_SHARE,
    }
    card = clothes_card(model, 1, "Classify images containing articles of clothing", settings)
    return card, add_reference(export_keras(model, card, models), pixels[-HELD_OUT:])


def make_convnet(models: Path, epochs: int | None) -> tuple[ModelCard, Path]:
    """Training the better network on changed pictures"""
    pixels, labels = _training_set()
    from pipeline import train

    model = train.train_convnet(pixels, labels, epochs or train.AUGMENTED_EPOCHS)
    settings = {
        "seed": train.SEED,
        "batch_size": train.BATCH_SIZE,
        "epochs": epochs or train.AUGMENTED_EPOCHS,
        "augmentation": f"mirrored at random, shifted by up to {train.SHIFT} pixels",
        "schedule": "one epoch of warm-up, then cosine decay; AdamW",
    }
    description = "Classify images containing articles of clothing, with three normalized convolutions"
    card = clothes_card(model, 2, description, settings)
    # It was trained on these, too: there are no others, and they differ less from new ones than a window can tell.
    return card, add_reference(export_keras(model, card, models), pixels[-HELD_OUT:])


def _training_set():
    import_tensorflow()
    from keras.datasets import fashion_mnist

    from pipeline import dataset

    dataset.ensure(console.print)
    return fashion_mnist.load_data()[0]


def make_digits(models: Path, _epochs: int | None) -> tuple[ModelCard, Path]:
    """Fitting a logistic regression to scikit-learn's digits"""
    from pipeline import digits, train
    from pipeline.evaluate import evaluate

    (train_x, train_y), (test_x, test_y) = digits.load_split(train.SEED)
    model = digits.train_digits(train_x, train_y)
    card = ModelCard(
        name="digits",
        version=1,
        description="Classify images of one handwritten digit",
        number_of_parameters=digits.count_parameters(model),
        input=InputSpec(digits.SHAPE, 0, digits.HIGH),
        classes=digits.CLASSES,
        framework=framework("scikit-learn"),
        dataset={"name": "scikit-learn digits", "training_images": len(train_x), "test_images": len(test_x)},
        metrics=evaluate(model.predict_proba(digits.to_rows(test_x)), test_y).summary(),
        training={"seed": train.SEED},
        files={},
    )
    return card, write_version(models, card, lambda folder: digits.save(model, folder / EXTRA_FOLDER))


def make_gate(models: Path, _epochs: int | None) -> tuple[ModelCard, Path]:
    """Training the gate before the clothes"""
    clothes, _ = _training_set()
    from keras.datasets import fashion_mnist

    from pipeline import train
    from pipeline.gate import network as gate

    number = min(gate.CLOTHES, len(clothes) // 2)
    model = gate.train_gate(clothes, train.SEED, number)
    card = gate.gate_card(model, fashion_mnist.load_data()[1][0], {"seed": train.SEED, "clothes": number})
    return card, export_litert(model, card, models)


if __name__ == "__main__":
    typer.run(main)
