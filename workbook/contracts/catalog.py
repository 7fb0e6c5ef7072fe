"""The four contracts: where each is written, how its platform starts a container, and its checks."""

from __future__ import annotations

from workbook.contracts import azure, google, open_inference, sagemaker
from workbook.contracts.checks import Contract, Launch

READ = "November 2026"
GOOGLE_PORT = 8085  # any that nobody would guess: a server that listens there has read the environment

CONTRACTS = {
    "v2": Contract(
        "Open Inference Protocol, V2",
        "https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md",
        READ,
        open_inference.CHECKS,
        Launch(None, "/v2/health/ready"),
    ),
    "sagemaker": Contract(
        "Amazon SageMaker, real-time inference",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
        READ,
        sagemaker.CHECKS,
        Launch(8080, "/ping", command=("serve",)),
    ),
    "google": Contract(
        "Google Vertex AI, custom container",
        "https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements",
        READ,
        google.CHECKS,
        Launch(
            GOOGLE_PORT,
            google.ROUTES[google.HEALTH],
            environment={"AIP_HTTP_PORT": str(GOOGLE_PORT), **google.ROUTES},
        ),
    ),
    "azure": Contract(
        "Azure Machine Learning, managed online endpoint",
        "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container",
        READ,
        azure.CHECKS,
        Launch(8000, "/readyz"),  # until the deployment's file says otherwise
    ),
}
