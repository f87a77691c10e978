/**
 * Deleting a user identity: its grants one by one, each at once and as its own command, then the identity with all else that is its
 * own. The operation does it at once; the job `user_identity_deletion` finishes what a crash cut short.
 */
import type { Author } from '../domain/audit/author.ts'
import { ChangeSet } from '../domain/changes.ts'
import { deleteGrant } from '../domain/grants/end.ts'
import { deleteIdentity } from '../domain/user-identities/delete.ts'
import { loadGrantFacts } from '../store/access-grants.ts'
import type { Fence, Store } from '../store/store.ts'
import { belongingsOfIdentity, grantsOfIdentity } from '../store/user-identities.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { JobRun } from './worker.ts'

export const IDENTITY_DELETION = 'user_identity_deletion'

export interface IdentityDeletionTools {
  store: Store
  workspaces: Workspaces
  definitionOf: (provider: string) => SystemDefinition
}

/** Handler of the job: key = user_identity_id. */
export async function runIdentityDeletion(run: JobRun, tools: IdentityDeletionTools): Promise<void> {
  await deleteUserIdentity(run.workspaceId, run.key, tools, run.fence)
}

/** Rounds until nobody gives the identity a new grant meanwhile. */
const ROUNDS = 10

/** Answers with the systems that have work to do for it. */
export async function deleteUserIdentity(
  workspaceId: string,
  userIdentityId: string,
  { store, workspaces, definitionOf }: IdentityDeletionTools,
  fence: Fence | null = null,
  author: Author | null = null,
): Promise<string[]> {
  const now = await workspaces.nowIso(workspaceId)
  const systems = new Set<string>()
  const write = async <T>(decision: () => Promise<{ changes: ChangeSet; result: T }>): Promise<T> => {
    const written = await store.decide(
      workspaceId,
      () => now,
      async () => {
        const { changes, result } = await decision()
        // Read before the store writes the jobs, which gives their keys a tail of its own.
        const asked = changes.jobs.flatMap((job) => (job.kind === 'provision' ? [job.key] : []))
        return { changes, result: { asked, result } }
      },
      fence,
      author,
    )
    for (const system of written.asked) systems.add(system)
    return written.result
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const id of await grantsOfIdentity(store, workspaceId, userIdentityId)) {
      await write(async () => {
        const facts = await loadGrantFacts(store, workspaceId, id, definitionOf)
        return { changes: facts === undefined ? new ChangeSet() : deleteGrant(facts, now, true), result: undefined }
      })
    }
    const isDone = await write(async () => {
      const changes = new ChangeSet()
      const identity = await store.get(workspaceId, 'user_identity', 'user_identity_id', userIdentityId)
      if (identity === undefined) return { changes, result: true }
      if ((await grantsOfIdentity(store, workspaceId, userIdentityId)).length > 0) return { changes, result: false }
      deleteIdentity(changes, identity, await belongingsOfIdentity(store, workspaceId, userIdentityId), now)
      return { changes, result: true }
    })
    if (isDone) return [...systems]
  }
  throw new Error('a user identity that is being deleted keeps getting access grants')
}
