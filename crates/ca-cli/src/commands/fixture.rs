//! `cachet fixture`.

mod list;
mod make;

use ca_testing::flawed::{Case, Expect};

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum FixtureCommand {
    List(list::FixtureListArgs),
    Make(make::FixtureMakeArgs),
}

impl FixtureCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::List(_) => list::run(context),
            Self::Make(args) => make::run(context, args),
        }
    }
}

/// Says what a correct program says of a case.
fn expectation(case: &Case) -> String {
    match case.expect {
        Expect::Accepted => "accepted".to_owned(),
        Expect::Refused(why) => format!("refused: {why}"),
    }
}
