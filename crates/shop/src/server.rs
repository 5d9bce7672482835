//! The CRM's MCP server: which tool a call asks for, and what is done.

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, JsonObject, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;

use crate::{
    CrmError, Database, Faults, amend,
    arguments::{
        self, AddNote, Arguments, Asks, CancelOrder, ChangeAddress, FindOrder, GetOrder, IssueRefund, OfCustomer,
        OfEmail, OfKey, OfSlot,
    },
    calls::{Calls, no_such_tool},
    change::{self, Asked},
    customer,
    delivery::{self, Booking},
    note, order, refund, tools,
};

/// Where a request's `_meta` may carry the idempotency key of a call with an effect.
pub const IDEMPOTENCY_META_KEY: &str = "countersign/idempotency-key";
/// The most calls at work at once; more are refused as busy.
const MAX_CALLS: usize = 16;

/// The CRM as an MCP server.
#[derive(Debug, Clone)]
pub struct CrmServer {
    database: Database,
    faults: Faults,
    calls: Calls,
}

impl CrmServer {
    /// A server on an opened database.
    pub fn new(database: Database, faults: Faults) -> Self {
        Self { database, faults, calls: Calls::at_most(MAX_CALLS) }
    }

    async fn run<A, T, F>(&self, arguments: Option<JsonObject>, work: F) -> Result<CallToolResult, ErrorData>
    where
        A: Arguments + Send + 'static,
        T: Serialize + Send + 'static,
        F: FnOnce(&Database, A) -> Result<T, CrmError> + Send + 'static,
    {
        let database = self.database.clone();
        self.calls.run(move || work(&database, arguments::read::<A>(arguments)?)).await
    }

    async fn issue_refund(&self, called: Called) -> Result<CallToolResult, ErrorData> {
        let faults = self.faults.clone();
        self.run(called.arguments, move |database, asked: IssueRefund| {
            let request = asked.request(called.meta_key.as_ref())?;
            faults.wait().map_err(CrmError::Open)?;
            refund::issue(&mut database.connect()?, &request, &faults)
        })
        .await
    }

    /// Runs a change: checks the arguments with their key, waits where a test asked for it, and makes it.
    async fn change<A, T, F>(&self, called: Called, tool: &'static str, work: F) -> Result<CallToolResult, ErrorData>
    where
        A: Asks + Send + 'static,
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Connection, &Asked, A, &Faults) -> Result<T, CrmError> + Send + 'static,
    {
        let faults = self.faults.clone();
        self.run(called.arguments, move |database, arguments: A| {
            let asked = arguments.asked(tool, called.meta_key.as_ref())?;
            faults.wait().map_err(CrmError::Open)?;
            work(&mut database.connect()?, &asked, arguments, &faults)
        })
        .await
    }

    async fn book(&self, called: Called, tool: &'static str, booking: Booking) -> Result<CallToolResult, ErrorData> {
        self.change(called, tool, move |connection, asked, slot: OfSlot, faults| {
            delivery::book(connection, asked, &slot.slot_id, booking, faults)
        })
        .await
    }

    async fn probe<T: Serialize + Send + 'static>(
        &self,
        called: Called,
        probe: fn(&mut Connection, &str) -> Result<T, CrmError>,
    ) -> Result<CallToolResult, ErrorData> {
        self.run(called.arguments, move |db, asked: OfKey| probe(&mut db.connect()?, &asked.idempotency_key)).await
    }
}

/// A call with an effect as it came in.
struct Called {
    arguments: Option<JsonObject>,
    meta_key: Option<Value>,
}

impl ServerHandler for CrmServer {
    fn get_info(&self) -> ServerConfig {
        let identity = Implementation::new("countersign-crm", env!("CARGO_PKG_VERSION"))
            .with_title("Sample shop CRM")
            .with_description("Customers, orders, refunds and deliveries of the sample outdoor-gear shop.");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(identity)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments;
        let answer = match request.name.as_ref() {
            "find_order" => {
                self.run(arguments, |db, asked: FindOrder| {
                    snapshot(db, |read| order::find(read, &asked.order_number, &asked.postcode))
                })
                .await
            }
            "get_order" => {
                self.run(arguments, |db, asked: GetOrder| snapshot(db, |read| order::get(read, &asked.order_number)))
                    .await
            }
            "list_orders" => {
                self.run(arguments, |db, asked: OfCustomer| snapshot(db, |read| order::list(read, &asked.customer_id)))
                    .await
            }
            "get_customer" => {
                self.run(arguments, |db, asked: OfCustomer| {
                    snapshot(db, |read| customer::get(read, &asked.customer_id))
                })
                .await
            }
            "find_customer" => {
                self.run(arguments, |db, asked: OfEmail| snapshot(db, |read| customer::find(read, &asked.email))).await
            }
            "list_delivery_slots" => {
                self.run(arguments, |db, asked: FindOrder| {
                    snapshot(db, |read| delivery::list(read, &asked.order_number, &asked.postcode))
                })
                .await
            }
            name => {
                self.with_effect(name, Called { arguments, meta_key: context.meta.get(IDEMPOTENCY_META_KEY).cloned() })
                    .await
            }
        }?;
        Ok(answer.into())
    }
}

impl CrmServer {
    async fn with_effect(&self, name: &str, called: Called) -> Result<CallToolResult, ErrorData> {
        match name {
            "issue_refund" => self.issue_refund(called).await,
            "cancel_order" => {
                self.change(called, "cancel_order", |connection, asked, _: CancelOrder, faults| {
                    amend::cancel(connection, asked, faults)
                })
                .await
            }
            "change_address" => {
                self.change(called, "change_address", |connection, asked, to: ChangeAddress, faults| {
                    amend::redirect(connection, asked, &to.address(), faults)
                })
                .await
            }
            "book_delivery" => self.book(called, "book_delivery", Booking::First).await,
            "reschedule_delivery" => self.book(called, "reschedule_delivery", Booking::Moved).await,
            "add_note" => {
                self.change(called, "add_note", |connection, asked, note: AddNote, faults| {
                    note::add(connection, asked, &note.text, faults)
                })
                .await
            }
            "probe_refund" => self.probe(called, refund::probe).await,
            "probe_change" => self.probe(called, change::probe).await,
            _ => Err(no_such_tool()),
        }
    }
}

/// Reads in one transaction, so that one answer never mixes two states.
fn snapshot<T>(database: &Database, read: impl FnOnce(&Connection) -> Result<T, CrmError>) -> Result<T, CrmError> {
    let mut connection = database.connect()?;
    let transaction = connection.transaction().map_err(CrmError::from)?;
    read(&transaction)
}
