/**
 * Erasing a person: the user identity is deleted with all that is its own, then names and contacts go from whatever was
 * written down meanwhile, and from beside the audit log, whose chain stays whole. The job `user_identity_erasure`
 * finishes what a crash cut short; doing it twice does no harm.
 */
import type { Author } from '../domain/audit/author.ts'
import { worker } from '../domain/audit/author.ts'
import type { PersonalTexts } from '../domain/audit/scrub.ts'
import { toIso } from '../clock.ts'
import {
  deleteNames,
  forgetAnswers,
  idsOfPerson,
  knownNames,
  noteNames,
  scrubTraces,
  systemsHoldingPerson,
} from '../store/erasure.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Fence } from '../store/store.ts'
import { deleteUserIdentity, type IdentityDeletionTools } from './identity-deletion.ts'
import type { JobRun } from './worker.ts'

export const IDENTITY_ERASURE = 'user_identity_erasure'

export interface ErasureTools extends IdentityDeletionTools {
  sealer: Sealer
  /** Waits a moment until the systems have done what they were told. */
  whenProvisioned?: (acsSystemIds: readonly string[]) => Promise<unknown>
}

export interface Erasure {
  /** False: nobody was known under this id, or everything had gone before. */
  wasKnown: boolean
  /** Rows in which something personal was replaced, answers that were forgotten. */
  scrubbedRows: number
  forgottenAnswers: number
  /** Names of systems that could not be told yet: they are, as soon as they can be, and their users here go then. */
  waitingFor: string[]
}

/** Handler of the job: key = user_identity_id. */
export async function runErasure(run: JobRun, tools: ErasureTools): Promise<void> {
  await eraseIdentity(run.workspaceId, run.key, tools, worker(IDENTITY_ERASURE), run.fence)
}

/** Erases a person, who may have been deleted before. */
export async function eraseIdentity(
  workspaceId: string,
  userIdentityId: string,
  tools: ErasureTools,
  author: Author,
  fence: Fence | null = null,
): Promise<Erasure> {
  const { store, workspaces, sealer } = tools
  const identity = await store.get(workspaceId, 'user_identity', 'user_identity_id', userIdentityId)
  if (identity !== undefined) await noteNames(store, workspaceId, userIdentityId)
  const known = await knownNames(store, workspaceId, userIdentityId)
  const waiting = () => systemsHoldingPerson(store, workspaceId, userIdentityId)
  if (identity === undefined && known.length === 0) {
    return { wasKnown: false, scrubbedRows: 0, forgottenAnswers: 0, waitingFor: await waiting() }
  }
  const systems = await deleteUserIdentity(workspaceId, userIdentityId, tools, fence, author)
  await tools.whenProvisioned?.(systems)
  const given = (texts: (string | null | undefined)[]): string[] => [...new Set(texts.flatMap((text) => text ?? []))]
  const texts: PersonalTexts = {
    names: given(known.map((one) => one.full_name)),
    contacts: given([...known.flatMap((one) => [one.email_address, one.phone_number]), identity?.user_identity_key]),
  }
  const ids = await idsOfPerson(store, workspaceId, userIdentityId)
  const scrubbedRows = await scrubTraces(store, workspaceId, ids, texts)
  const forgottenAnswers = await forgetAnswers(store, sealer, workspaceId, ids, texts)
  // Last: as long as they are there, everything before can be done again.
  const [now, realNow] = [await workspaces.nowIso(workspaceId), toIso(store.clock.now())]
  await deleteNames(store, workspaceId, userIdentityId, author, now, realNow)
  return { wasKnown: true, scrubbedRows, forgottenAnswers, waitingFor: await waiting() }
}
