/** A new workspace: used by workspaces/create and by the server's first start. */
import type { Ids } from '../../ids.ts'
import type { WorkspaceRecord } from '../records.ts'
import { makeToken } from '../tokens.ts'

export interface NewWorkspace {
  name: string
  company_name?: string | null
  connect_partner_name?: string | null
  is_sandbox: boolean
  connect_webview_customization?: Record<string, unknown>
  organization_id?: string | null
}

/** The record of a new workspace; `now` is the machine's time, where its clock starts. */
export function newWorkspace(wish: NewWorkspace, ids: Ids, now: string): WorkspaceRecord {
  return {
    workspace_id: ids.uuid(),
    name: wish.name,
    company_name: wish.company_name ?? wish.connect_partner_name ?? wish.name,
    connect_partner_name: wish.connect_partner_name ?? null,
    connect_webview_customization: wish.connect_webview_customization ?? {},
    is_sandbox: wish.is_sandbox,
    is_suspended: false,
    is_publishable_key_auth_enabled: true,
    publishable_key: makeToken('publishable_key', ids).text,
    organization_id: wish.organization_id ?? null,
    clock_offset_ms: 0,
    clock_frozen_at: null,
    created_at: now,
    version: 1,
  }
}
