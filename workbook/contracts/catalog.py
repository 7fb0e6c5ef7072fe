"""The four contracts: where each is written, how its platform starts a container, and its checks."""

from __future__ import annotations

from workbook.choosing.claims import read_claims
from workbook.contracts import azure, google, open_inference, sagemaker
from workbook.contracts.checks import Contract, Launch

GOOGLE_PORT = 8085  # any that nobody would guess: a server that listens there has read the environment


def _written(tool: str) -> tuple[str, str]:
    """Where a contract is written, and the month in which somebody read it there: the first claim on that tool."""
    (first, *_) = next(one.claims for one in read_claims() if one.key == tool)
    return first.source, f"{first.checked:%B %Y}"


CONTRACTS = {
    "v2": Contract(
        "Open Inference Protocol, V2",
        *_written("open-inference-protocol"),
        open_inference.CHECKS,
        Launch(None, "/v2/health/ready"),
    ),
    "sagemaker": Contract(
        "Amazon SageMaker, real-time inference",
        *_written("sagemaker"),
        sagemaker.CHECKS,
        Launch(8080, "/ping", command=("serve",)),
    ),
    "google": Contract(
        "Google Vertex AI, custom container",
        *_written("google"),
        google.CHECKS,
        Launch(
            GOOGLE_PORT,
            google.ROUTES[google.HEALTH],
            environment={"AIP_HTTP_PORT": str(GOOGLE_PORT), **google.ROUTES},
        ),
    ),
    "azure": Contract(
        "Azure Machine Learning, managed online endpoint",
        *_written("azure"),
        azure.CHECKS,
        Launch(8000, "/readyz"),  # until the deployment's file says otherwise
    ),
}
