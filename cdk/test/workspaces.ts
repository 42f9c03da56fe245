import { workspaceOf, type CargoMetadata, type Workspace } from "../lib/workspace";

type Fields = Record<string, unknown>;

/** What Cargo would say of a workspace of notes, with one function called `notes-get`. */
export function metadata(route: Fields = {}, tables: Fields = { notes: { "partition-key": "id" } }): CargoMetadata {
  const fields = { method: "GET", path: "/notes/{noteId}", access: "token", tables: { notes: ["GetItem"] }, ...route };
  return {
    workspace_root: "/repository",
    metadata: null,
    packages: [
      { name: "store", manifest_path: "/repository/crates/store/Cargo.toml", metadata: { tables } },
      { name: "notes-get", description: "Fetch one note.", manifest_path: "/repository/functions/notes-get/Cargo.toml", metadata: { route: fields } },
    ],
  };
}

/** That workspace. */
export function notes(route: Fields = {}, tables?: Fields): Workspace {
  return workspaceOf(metadata(route, tables));
}
