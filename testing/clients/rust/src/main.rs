//! ic-agent, unmodified, against a running node: create, install, update, query, state, reject.
//!
//! usage: cargo run -- <url> <counter.wasm>

use candid::{CandidType, Decode, Deserialize, Encode, Nat, Principal};
use ic_agent::{identity::BasicIdentity, Agent, AgentError};

const FIRST_CANISTER: &str = "rwlgt-iiaaa-aaaaa-aaaaa-cai";

#[derive(CandidType)]
struct CreateArgument {
    amount: Option<Nat>,
}

#[derive(CandidType, Deserialize)]
struct CanisterId {
    canister_id: Principal,
}

#[derive(CandidType)]
#[allow(non_camel_case_types)]
enum InstallMode {
    install,
}

#[derive(CandidType)]
struct InstallArgument {
    mode: InstallMode,
    canister_id: Principal,
    wasm_module: Vec<u8>,
    arg: Vec<u8>,
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, actual: T, expected: T) {
    assert_eq!(actual, expected, "FAILED {what}");
    println!("ok   {what}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the first argument is the URL of a node")?;
    let module = std::fs::read(arguments.next().ok_or("the second argument is a module")?)?;

    let identity = BasicIdentity::from_raw_key(&[7; 32]);
    // Queries carry the node's signature; the agent checks it.
    let agent = Agent::builder().with_url(url).with_identity(identity).with_verify_query_signatures(true).build()?;
    agent.fetch_root_key().await?;
    let management = Principal::management_canister();

    let created = agent
        .update(&management, "provisional_create_canister_with_cycles")
        .with_effective_canister_id(Principal::from_text(FIRST_CANISTER)?)
        .with_arg(Encode!(&CreateArgument { amount: Some(Nat::from(10_000_000_000_000_u64)) })?)
        .call_and_wait()
        .await?;
    let canister = Decode!(&created, CanisterId)?.canister_id;
    println!("ok   created {canister}");

    let install = InstallArgument { mode: InstallMode::install, canister_id: canister, wasm_module: module, arg: Encode!()? };
    agent
        .update(&management, "install_code")
        .with_effective_canister_id(canister)
        .with_arg(Encode!(&install)?)
        .call_and_wait()
        .await?;

    let reply = agent.update(&canister, "inc").with_arg(Encode!()?).call_and_wait().await?;
    expect("update", Decode!(&reply, Nat)?, Nat::from(1_u8));
    let reply = agent.update(&canister, "add").with_arg(Encode!(&Nat::from(41_u8))?).call_and_wait().await?;
    expect("update with an argument", Decode!(&reply, Nat)?, Nat::from(42_u8));
    let reply = agent.query(&canister, "get").with_arg(Encode!()?).call().await?;
    expect("query", Decode!(&reply, Nat)?, Nat::from(42_u8));
    let reply = agent.query(&canister, "whoami").with_arg(Encode!()?).call().await?;
    expect("caller", Decode!(&reply, Principal)?, agent.get_principal()?);

    match agent.update(&canister, "incThenTrap").with_arg(Encode!()?).call_and_wait().await {
        Err(AgentError::CertifiedReject { reject, .. }) => {
            expect("certified reject", reject.reject_message.contains("trapped on purpose"), true)
        }
        other => panic!("FAILED a trap must be a certified reject: {other:?}"),
    }

    expect("module hash", agent.read_state_canister_module_hash(canister).await?.len(), 32);
    expect("controllers", agent.read_state_canister_controllers(canister).await?, vec![agent.get_principal()?]);
    expect("metadata", agent.read_state_canister_metadata(canister, "candid:service").await?.is_empty(), false);
    Ok(())
}
