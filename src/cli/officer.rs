//! `jianmian officer …`: who may sign in at the console, and as what.

use crate::{
    domain::{name, role::Role},
    service::{Service, views::InvitationLink},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::{io::BufRead, process::ExitCode};

/// What to do with officers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add somebody; prints an invitation link by which they set up a passkey, or a password with one-time codes.
    Add(Add),
    /// Invite an officer anew: a lost passkey, a forgotten password. What they had holds until they accept.
    Invite {
        /// Sign-in name.
        name: String,
    },
    /// Give an officer these roles and no others; with none they cannot sign in. Ends their sessions.
    Roles {
        /// Sign-in name.
        name: String,
        /// A role; may be given several times.
        #[arg(long = "role", value_parser = role)]
        roles: Vec<Role>,
    },
    /// List officers with their roles and ways of signing in.
    List,
}

/// Options of adding.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian officer add li.wei --role officer
  jianmian officer add zhang --role approver --role supervisor")]
pub struct Add {
    /// Sign-in name: letters, digits, . - _
    name: String,
    /// officer, approver, `station_clerk`, supervisor, `payment_clerk` or auditor; may be given several times (docs/ROLES.md).
    /// Without: officer and approver.
    #[arg(long = "role", value_parser = role)]
    roles: Vec<Role>,
    /// Read a password (at least 12 characters) from the first line of standard input instead of inviting. It is enough by
    /// itself only for roles that decide nothing, or with `console.danger_password_only`.
    #[arg(long)]
    password_stdin: bool,
}

fn role(text: &str) -> Result<Role, String> {
    name::from_name(text).ok_or_else(|| {
        let names: Vec<String> = Role::ALL.iter().filter_map(name::name_of).collect();
        format!("one of {}", names.join(", "))
    })
}

/// Runs it.
///
/// # Errors
/// When name or password are not acceptable, the name is taken or unknown, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    match command {
        Command::Add(add) => added(add, service).await?,
        Command::Invite { name } => {
            let officer = service.officer_named(&name).await?;
            print_invitation(&service.invite(officer).await?);
        }
        Command::Roles { name, roles } => {
            let officer = service.officer_named(&name).await?;
            service.set_roles(None, officer, &roles).await?;
            println!("{name}: {}", said(&roles));
        }
        Command::List => {
            for officer in service.officers().await? {
                let ways = [
                    (officer.passkeys > 0).then(|| format!("{} passkey(s)", officer.passkeys)),
                    officer.password.then(|| "password".to_owned()),
                    officer.code.then(|| "codes".to_owned()),
                ];
                let ways: Vec<String> = ways.into_iter().flatten().collect();
                let ways = if ways.is_empty() { "invited".to_owned() } else { ways.join(", ") };
                println!("{}\t{}\t{ways}", officer.name, said(&officer.roles));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn added(add: Add, service: &Service) -> anyhow::Result<()> {
    let roles = if add.roles.is_empty() { vec![Role::Officer, Role::Approver] } else { add.roles };
    if add.password_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("no password on standard input")?;
        let password = line.trim_end_matches(['\r', '\n']);
        service.add_officer_as(&add.name, &roles, Some(password)).await?;
        println!("{} added: {}", add.name, said(&roles));
        return Ok(());
    }
    let officer = service.add_officer_as(&add.name, &roles, None).await?;
    println!("{} added: {}", add.name, said(&roles));
    print_invitation(&service.invite(officer).await?);
    Ok(())
}

fn said(roles: &[Role]) -> String {
    let names: Vec<String> = roles.iter().filter_map(name::name_of).collect();
    if names.is_empty() { "no roles".into() } else { names.join(", ") }
}

fn print_invitation(link: &InvitationLink) {
    println!("invitation for {}, to be used once, until {}:", link.name, link.expires_at);
    println!("{}", link.url);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_by_their_names() {
        assert_eq!(role("station_clerk"), Ok(Role::StationClerk));
        assert!(role("boss").unwrap_err().contains("payment_clerk"));
    }
}
