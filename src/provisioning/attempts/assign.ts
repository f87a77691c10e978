/** Assigning: a card the system already knows is bound to an access method's credential (core.md 7.5). */
import { ChangeSet } from '../../domain/changes.ts'
import { issueCredential, settleMethod, type IssuanceFacts } from '../../domain/issuance.ts'
import { presentAccessMethod } from '../../domain/present/access-method.ts'
import type { AcsCredentialRecord, TellingSubject } from '../../domain/records.ts'
import { loadIssuanceFacts } from '../../store/issuance-facts.ts'
import { LeaseLost } from '../../store/store.ts'
import { forgetTelling } from '../../store/tellings.ts'
import type { CardAssignment } from '../../systems/kit/driver.ts'
import { EncoderError, SystemError } from '../../systems/kit/errors.ts'
import { desiredCredential } from '../desired.ts'
import { externalIdsFor } from '../external-ids.ts'
import { subjectOf } from '../tellings.ts'
import { isCardBack, STILL_HELD } from './card-back.ts'
import { uncategorized, type AttemptEnd, type AttemptRun } from './attempt.ts'

const NOT_FOUND =
  'No registered card with this number is free in the access system. Check the number, or unassign the card first.'

const EMPTY_POOL =
  'No card is left in the pool of the access system: every registered card is held by somebody. Register further cards there, or unassign one that is no longer needed.'

export async function runAssign(run: AttemptRun): Promise<void> {
  const { store } = run.tools.options
  const { workspace_id, input, action_attempt_id } = run.attempt
  const credential = await store.get(
    workspace_id,
    'acs_credential',
    'acs_credential_id',
    String(input['acs_credential_id']),
  )
  const system =
    credential === undefined
      ? undefined
      : await store.get(workspace_id, 'acs_system', 'acs_system_id', credential.acs_system_id)
  if (credential === undefined || credential.is_deleting || system === undefined) {
    await run.end(async () => ({
      status: 'error',
      type: 'credential_not_found',
      message: 'The access method was deleted before a card could be assigned.',
    }))
    return
  }
  const { connections, provisioner } = run.tools
  const { cardAssignment } = await connections.to(system)
  if (cardAssignment === undefined) {
    await run.end(async () =>
      uncategorized('This access system does not assign registered cards. Encode a card instead.'),
    )
    return
  }
  if (credential.is_dirty) await provisioner.provision(system, run.signal, run.fence)
  const fresh =
    (await store.get(workspace_id, 'acs_credential', 'acs_credential_id', credential.acs_credential_id)) ?? credential
  const cardNumber = String(input['card_number']).trim()
  // A maker may let one person's credentials share a card; the first of them to be deleted would take it from the rest.
  const holders = await store.read<{ acs_credential_id: string }>(
    workspace_id,
    `SELECT acs_credential_id FROM acs_credential
      WHERE workspace_id = $1 AND acs_system_id = $2 AND lower(card_number) = lower($3) AND acs_user_id IS NOT NULL AND NOT is_deleting AND acs_credential_id <> $4`,
    [system.acs_system_id, cardNumber, credential.acs_credential_id],
  )
  if (holders.length > 0) {
    const message = await whyNotFound(cardAssignment, run)
    await run.end(async () => ({ status: 'error', type: 'credential_not_found', message }))
    return
  }
  if (!(await isCardBack(run, system, cardNumber))) {
    await run.end(async () => uncategorized(STILL_HELD))
    return
  }
  await run.begin()
  const known = await externalIdsFor(store, system, [fresh])
  const desired = desiredCredential(fresh, known, connections.definitionOf(system.provider))
  try {
    // Asked again with the same attempt after a crash or a lost answer, it has the effect of once.
    await connections.inTurn(system, run.signal, async (turn) => {
      const subject = await subjectOfCard(run, fresh, cardNumber)
      const telling = await turn.begin([subject])
      try {
        const bound = await cardAssignment.assign(
          { attempt_id: action_attempt_id, card_number: cardNumber, credential: desired },
          turn.signal,
        )
        subject.external_id = bound.external_id
        await run.end(() => recordAssigned(run, bound, telling))
      } catch (error) {
        const wasRefused = error instanceof EncoderError || (error instanceof SystemError && error.kind !== 'in_doubt')
        if (wasRefused) await forgetTelling(store, system, telling)
        // Unanswered, it may still come about: that is left to the checks.
        else if (!(error instanceof SystemError)) await run.tools.tellings.ended(system, telling, [subject])
        throw error
      }
    })
  } catch (error) {
    if (!(error instanceof EncoderError)) throw error
    const message = error.code === 'credential_not_found' ? await whyNotFound(cardAssignment, run) : error.message
    await run.end(async () => ({ status: 'error', type: error.code, message }))
  }
}

/** An unknown number, or no card left at all. */
async function whyNotFound(cardAssignment: CardAssignment, run: AttemptRun): Promise<string> {
  const free = await cardAssignment.freeCards(run.signal).catch(() => null)
  return free?.length === 0 ? EMPTY_POOL : NOT_FOUND
}

/** What the credential will be at the system: the card's own id there, where the pool says it. */
async function subjectOfCard(
  run: AttemptRun,
  credential: AcsCredentialRecord,
  number: string,
): Promise<TellingSubject> {
  const pooled = await poolCards(run, credential, number)
  const subject = subjectOf({ kind: 'acs_credential', row: credential })
  return { ...subject, external_id: subject.external_id ?? pooled[0]?.external_id ?? null }
}

function poolCards(
  run: AttemptRun,
  { workspace_id, acs_system_id, acs_credential_id }: AcsCredentialRecord,
  number: string,
): Promise<{ acs_credential_id: string; version: number; external_id: string | null }[]> {
  return run.tools.options.store.read(
    workspace_id,
    `SELECT acs_credential_id, version, external_id FROM acs_credential
      WHERE workspace_id = $1 AND acs_system_id = $2 AND lower(card_number) = lower($3) AND acs_user_id IS NULL AND access_method_id IS NULL AND acs_credential_id <> $4`,
    [acs_system_id, number, acs_credential_id],
  )
}

async function recordAssigned(
  run: AttemptRun,
  bound: { external_id: string; card_number: string },
  telling_id: string,
): Promise<AttemptEnd> {
  const { store } = run.tools.options
  const { workspace_id, input } = run.attempt
  const id = String(input['acs_credential_id'])
  const facts = await loadIssuanceFacts(store, workspace_id, [id], run.now)
  const credential = facts.credentials.find((one) => one.acs_credential_id === id)
  const method = facts.methods.find((one) => one.access_method_id === credential?.access_method_id)
  if (credential === undefined || method === undefined)
    return { status: 'error', type: 'credential_not_found', message: 'The access method was deleted meanwhile.' }
  const changes = new ChangeSet()
  const telling = await store.get(workspace_id, 'telling', 'telling_id', telling_id)
  if (telling === undefined || telling.lost_at !== null)
    throw new LeaseLost('Another worker has told the access system something since.')
  changes.delete('telling', { telling_id, version: telling.version })
  await bindCard(run, changes, facts, credential, bound)
  method.is_issued = false
  settleMethod(changes, method, facts)
  return {
    status: 'success',
    changes,
    result: presentAccessMethod(method, ''),
  }
}

/** The credential now holds the card; the pool's entry for it is taken out. */
export async function bindCard(
  run: AttemptRun,
  changes: ChangeSet,
  facts: IssuanceFacts,
  credential: AcsCredentialRecord,
  bound: { external_id: string; card_number: string },
): Promise<void> {
  for (const { acs_credential_id, version } of await poolCards(run, credential, bound.card_number))
    changes.delete('acs_credential', { acs_credential_id, version })
  credential.card_number = bound.card_number
  credential.external_id = bound.external_id
  credential.synced_at ??= facts.now
  changes.update('acs_credential', 'acs_credential_id', {
    acs_credential_id: credential.acs_credential_id,
    version: credential.version,
    card_number: bound.card_number,
    external_id: bound.external_id,
    synced_at: credential.synced_at,
    warnings: credential.warnings.filter((warning) => warning.warning_code !== 'waiting_to_be_issued'),
  })
  issueCredential(changes, credential, facts.now)
}
