"""ic-py, unmodified, against a running node: create, install, update, query, reject, upgrade.

usage: python check.py <url> <counter.wasm>
"""

import sys

from ic.agent import Agent
from ic.candid import Types, encode
from ic.client import Client
from ic.identity import Identity

MANAGEMENT = "aaaaa-aa"
FIRST_CANISTER = "rwlgt-iiaaa-aaaaa-aaaaa-cai"


def management(agent, method, record_type, record, canister):
    argument = encode([{"type": record_type, "value": record}])
    return agent.update_raw(MANAGEMENT, method, argument, effective_canister_id=canister, delay=0.2, timeout=60)


def create_canister(agent):
    record = Types.Record({"amount": Types.Opt(Types.Nat)})
    reply = management(agent, "provisional_create_canister_with_cycles", record, {"amount": [10**13]}, FIRST_CANISTER)
    # The reply's only field has a hash for a name: it was decoded without the interface.
    return next(iter(reply[0]["value"].values())).to_str()


def install(agent, canister, mode, module):
    record = Types.Record(
        {
            "mode": Types.Variant({"install": Types.Null, "reinstall": Types.Null}),
            "canister_id": Types.Principal,
            "wasm_module": Types.Vec(Types.Nat8),
            "arg": Types.Vec(Types.Nat8),
        }
    )
    value = {"mode": {mode: None}, "canister_id": canister, "wasm_module": module, "arg": encode([])}
    management(agent, "install_code", record, value, canister)


def expect(what, actual, expected):
    if actual != expected:
        raise SystemExit(f"FAILED {what}: {actual!r}, expected {expected!r}")
    print(f"ok   {what}")


def main(url, path):
    with open(path, "rb") as file:
        module = file.read()
    for kind in ("ed25519", "secp256k1"):
        identity = Identity(type=kind)
        agent = Agent(identity, Client(url=url))
        canister = create_canister(agent)
        install(agent, canister, "install", module)

        def update(method, argument=None):
            return agent.update_raw(canister, method, argument or encode([]), delay=0.2, timeout=60)

        expect(f"{kind}: update", update("inc")[0]["value"], 1)
        expect(f"{kind}: update with an argument", update("add", encode([{"type": Types.Nat, "value": 41}]))[0]["value"], 42)
        expect(f"{kind}: query", agent.query_raw(canister, "get", encode([]))[0]["value"], 42)
        caller = agent.query_raw(canister, "whoami", encode([]))[0]["value"]
        expect(f"{kind}: caller", caller.to_str(), identity.sender().to_str())
        try:
            update("incThenTrap")
            raise SystemExit("FAILED a trap must reject")
        except Exception as error:
            expect(f"{kind}: reject", "trapped on purpose" in str(error), True)
        install(agent, canister, "reinstall", module)
        expect(f"{kind}: reinstall", agent.query_raw(canister, "get", encode([]))[0]["value"], 0)


main(*sys.argv[1:])
