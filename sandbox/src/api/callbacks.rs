//! `/callback`: which events a connection wants, and the events that it has not acknowledged yet.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::access::Access;
use super::body::Body;
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::{App, Shared};
use crate::state::{Callback, Event, EventId, EventType, FieldError, Grant, Resource, ResourceType, World};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/callback", get(show_callback).post(replace_callback).delete(delete_callback))
        .route("/callback/events", get(list_events))
        .route("/callback/events/{id}", get(show_event).delete(acknowledge_event))
}

async fn show_callback(State(app): State<Shared>, access: Access) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| {
        access.account(&world.directory)?;
        let callback = world.records.connection(&access.connection_id).and_then(|own| own.callback.as_ref());
        Ok(Json(callback.map_or_else(|| json!({ "url": null, "events": {} }), |callback| json!(callback))))
    })
}

/// Creates it or puts it in the place of the one there is. Events that wait to be acknowledged stay, and go where the
/// new one says.
async fn replace_callback(State(app): State<Shared>, access: Access, body: Body) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| access.account(&world.directory).map(|_| ()))?;
    let callback = understand(&body.0, &access.grant).map_err(ApiError::invalid)?;
    let answer = json!(callback);
    app.store.change(|world| world.records.set_callback(&access.connection_id, callback, app.clock.now()));
    Ok(Json(answer))
}

/// Nothing is triggered any more: what waits to be acknowledged goes too.
async fn delete_callback(State(app): State<Shared>, access: Access) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| access.account(&world.directory).map(|_| ()))?;
    app.store.change(|world| world.records.remove_callback(&access.connection_id));
    Ok(Json(json!({})))
}

async fn list_events(
    State(app): State<Shared>,
    access: Access,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        access.account(&world.directory)?;
        let own = world.records.events.iter().filter(|event| event.connection_id == access.connection_id);
        let last = world.records.last_event_number;
        paging.page_by_number(own, last, |event| event.number, |event| Value::Object(event.summary()))
    })
}

async fn show_event(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<EventId>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    app.store.read(|world| {
        access.account(&world.directory)?;
        own_event(world, &access, &id).map(|event| Json(event.whole()))
    })
}

async fn acknowledge_event(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<EventId>,
) -> Result<Json<Value>, ApiError> {
    acknowledge(&app, &access, &id)?;
    Ok(Json(json!({})))
}

fn acknowledge(app: &App, access: &Access, id: &EventId) -> Result<(), ApiError> {
    app.store.change(|world| {
        access.account(&world.directory)?;
        own_event(world, access, id)?;
        world.records.events.retain(|event| event.id != *id);
        Ok(())
    })
}

fn own_event<'a>(world: &'a World, access: &Access, id: &EventId) -> Result<&'a Event, ApiError> {
    let mut own = world.records.events.iter().filter(|event| event.connection_id == access.connection_id);
    own.find(|event| event.id == *id).ok_or_else(|| ApiError::not_found("Event"))
}

/// The callback that the body describes, or all that is wrong with it.
fn understand(body: &Map<String, Value>, grant: &Grant) -> Result<Callback, Vec<FieldError>> {
    let mut errors = Vec::new();
    let url = match body.get("url") {
        None | Some(Value::Null) => None,
        Some(url) => {
            let url = url.as_str().filter(|url| is_web_address(url));
            if url.is_none() {
                errors.push(FieldError::new("url", "must be an http or https address"));
            }
            url.map(str::to_owned)
        }
    };
    let mut events = BTreeMap::new();
    match body.get("events") {
        None | Some(Value::Null) => {}
        Some(Value::Object(wanted)) => {
            for (resource, types) in wanted {
                match wanted_events(resource, types, grant) {
                    Ok((resource, types)) => {
                        events.insert(resource, types);
                    }
                    Err(message) => errors.push(FieldError::new(format!("events.{resource}"), message)),
                }
            }
        }
        Some(_) => errors.push(FieldError::new("events", "must map resource types to event types")),
    }
    if errors.is_empty() { Ok(Callback { url, events }) } else { Err(errors) }
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn wanted_events(resource: &str, types: &Value, grant: &Grant) -> Result<(ResourceType, BTreeSet<EventType>), String> {
    let Ok(resource_type) = ResourceType::deserialize(&json!(resource)) else {
        return Err("is not a resource type".to_owned());
    };
    let types = types.as_array().ok_or("must be a list of event types")?;
    let allowed = |event_type: &Value| {
        let known = EventType::deserialize(event_type).ok().filter(|known| resource_type.allowed().contains(known));
        known.ok_or_else(|| format!("{event_type} is not an event of this resource"))
    };
    let types: BTreeSet<EventType> = types.iter().map(allowed).collect::<Result<_, _>>()?;
    if resource_type == ResourceType::Order && !types.is_empty() && !grant.scope.names(Resource::Orders) {
        return Err("requires an 'orders' scope".to_owned());
    }
    Ok((resource_type, types))
}
