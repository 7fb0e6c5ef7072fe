"""All models of a policy at work. A new policy takes over between two requests; what is under way ends as it began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from server.traffic.backend import Backend
from server.traffic.canary import ROLLED_BACK
from server.traffic.chain import Chain
from server.traffic.exchange.messages import Reply, Request, error_answer
from server.traffic.exchange.upstream import Upstreams
from server.traffic.policy import ModelPolicy, Policy
from server.traffic.routing import WithCanary, router_for


class Lane:
    """One model: its route, and the gate before it, which is the lane of another model."""

    def __init__(self, backend: Backend, policy: ModelPolicy, gate: Lane | None, lines: BinaryIO | None) -> None:
        self.policy = policy
        self.backend = backend
        self.gate = gate
        self._router = router_for(policy.route, backend, lines)
        self._chain = Chain(backend.name, policy.gate, gate.answer, self._router.answer) if gate else None

    async def answer(self, request: Request) -> Reply:
        """Of the version that the route chooses, if the gate lets the request through."""
        key = getattr(self.policy.route, "key", None)
        if key and key.lower() in request.unreadable:  # by chance, the user would get another version each time
            return error_answer(400, f"the value of {key} is not ASCII; send it encoded, as in M%C3%BCller")
        return await (self._chain or self._router).answer(request)

    def shares(self) -> dict[int, float]:
        return self._router.shares()

    @property
    def rolled_back(self) -> bool:
        return isinstance(self._router, WithCanary) and self._router.state.phase == ROLLED_BACK

    def as_dict(self) -> dict:
        """What ``GET /traffic`` shows of this model."""
        shares = self.shares()
        versions = {
            str(version): {"share": round(shares.get(version, 0.0), 6), **count}
            for version, count in self.backend.counts.items()
        }
        shown = {**self._router.as_dict(), "versions": versions}
        return shown | ({"gate": {"model": self.policy.gate.model, **self._chain.counts}} if self._chain else {})


class Lanes(Mapping[str, Lane]):
    """The lanes by the names of their models."""

    def __init__(self, lines: BinaryIO | None = None) -> None:
        self._lanes: dict[str, Lane] = {}
        self._upstreams = Upstreams()
        self._lines = lines

    def __getitem__(self, name: str) -> Lane:
        return self._lanes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lanes)

    def __len__(self) -> int:
        return len(self._lanes)

    def use(self, policy: Policy) -> None:
        """Follow this policy from now on. A model whose part is unchanged keeps its counts and its canary's state."""
        lanes: dict[str, Lane] = {}
        for name in sorted(policy.models, key=lambda name: policy.models[name].gate is not None):  # gates first
            model = policy.models[name]
            gate = lanes[model.gate.model] if model.gate else None
            before = self._lanes.get(name)
            same = before and (before.policy, before.gate) == (model, gate)
            lanes[name] = before if same else self._lane(name, model, gate)
        self._lanes = lanes
        self._upstreams.keep_only({server for model in policy.models.values() for server in model.versions.values()})

    def _lane(self, name: str, policy: ModelPolicy, gate: Lane | None) -> Lane:
        return Lane(Backend(name, policy, self._upstreams), policy, gate, self._lines)
