/**
 * The job `grant_doors`: the doors of a grant's spaces have changed, and the grant follows (core.md section 5). One job
 * for each grant, so that a space under many grants changes in one small command.
 */
import { ChangeSet } from '../domain/changes.ts'
import { NoFreePin, rematerialise } from '../domain/grants/change.ts'
import type { GrantFacts } from '../domain/grants/facts.ts'
import type { Tools } from '../domain/grants/plan.ts'
import { loadGrantFacts } from '../store/access-grants.ts'
import type { Decision, Store } from '../store/store.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { JobRun } from './worker.ts'

export interface GrantDoorsTools extends Tools {
  store: Store
  workspaces: Workspaces
  definitionOf: (provider: string) => SystemDefinition
}

/** Handler of the job: key = access_grant_id. */
export async function runGrantDoors(run: JobRun, tools: GrantDoorsTools): Promise<void> {
  const { store, workspaces, definitionOf } = tools
  const { workspaceId } = run
  const now = await workspaces.nowIso(workspaceId)
  const decision = async (): Promise<Decision<void>> => {
    const nothing = { changes: new ChangeSet(), result: undefined }
    const grant = await store.get(workspaceId, 'access_grant', 'access_grant_id', run.key)
    if (grant === undefined) return nothing
    const spaces = await store.getMany(workspaceId, 'space', 'space_id', grant.space_ids)
    const members = spaces.flatMap((space) => space.acs_entrance_ids)
    const doorIds = [...new Set([...grant.acs_entrance_ids, ...members])]
    const facts = await loadGrantFacts(store, workspaceId, run.key, definitionOf, { door_ids: doorIds })
    if (facts === undefined || facts.grant.is_ended) return nothing
    const changes = follow(facts, doorIds, now, tools)
    const known = facts.grant.space_ids.filter((id) => spaces.some((space) => space.space_id === id))
    if (known.length < facts.grant.space_ids.length) {
      const { access_grant_id, version } = facts.grant
      changes.update('access_grant', 'access_grant_id', { access_grant_id, version, space_ids: known })
    }
    return { changes, result: undefined }
  }
  await store.decide(workspaceId, () => now, decision, run.fence)
}

/** Nobody waits for an answer here: a change that cannot be made stands on the grant as an error. */
function follow(facts: GrantFacts, doorIds: readonly string[], now: string, tools: Tools): ChangeSet {
  const { access_grant_id, version, errors } = facts.grant
  try {
    return rematerialise(facts, doorIds, now, tools)
  } catch (error) {
    if (!(error instanceof NoFreePin)) throw error
    const message =
      'No PIN code is free on the new doors of this grant. Remove codes that are not needed, or change its times.'
    if (errors.some((one) => one.message === message)) return new ChangeSet()
    const problem = { created_at: now, error_code: 'cannot_create_requested_access_methods', message, mode: 'code' }
    return new ChangeSet()
      .update('access_grant', 'access_grant_id', { access_grant_id, version, errors: [...errors, problem] })
      .event('access_grant.could_not_create_requested_access_methods', { access_grant_id, error_message: message })
  }
}
