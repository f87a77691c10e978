/** Encoding: a credential is written on the card that lies on an encoder (access-systems.md 6.4, 7.1; core.md 7.4). */
import { ChangeSet } from '../../domain/changes.ts'
import { issueCredential, methodEventPayload, settleMethod, type IssuanceFacts } from '../../domain/issuance.ts'
import { presentAcsCredential } from '../../domain/present/acs-credential.ts'
import { isRemovedEncoder } from '../../domain/sync/marks.ts'
import type { AcsCredentialRecord, AcsEncoderRecord, AcsSystemRecord } from '../../domain/records.ts'
import { loadIssuanceFacts } from '../../store/issuance-facts.ts'
import type { CardEncoding, DesiredCredential, EncodedCard } from '../../systems/kit/driver.ts'
import { EncoderError, SystemError } from '../../systems/kit/errors.ts'
import { desiredCredential } from '../desired.ts'
import { externalIdsFor } from '../external-ids.ts'
import { presentable } from './presentable.ts'
import { SIMULATED_MESSAGES, withAlias } from './refusals.ts'
import { uncategorized, type AttemptEnd, type AttemptRun } from './attempt.ts'
import type { JobOutcome } from '../worker.ts'

/** A card of a stay whose first card is being written by another process is looked at again after this (milliseconds of real time). */
const STAY_RETRY_MS = 500

interface Place {
  credential: AcsCredentialRecord
  system: AcsSystemRecord
  encoder: AcsEncoderRecord
}

export async function runEncode(run: AttemptRun): Promise<JobOutcome> {
  const place = await findPlace(run)
  if (place === null) {
    await run.end(async () => ({
      status: 'error',
      type: 'credential_deleted',
      message: 'The credential was deleted before it could be encoded.',
    }))
    return
  }
  if (isRemovedEncoder(place.encoder)) {
    await run.end(async () => ({
      status: 'error',
      type: 'encoder_not_online',
      message: 'The encoder was removed. Use another one: /acs/encoders/list shows those there are.',
    }))
    return
  }
  if (run.attempt.started_at === null && (await endAsArmed(run, place))) return
  const { connections, provisioner } = run.tools
  const { system } = place
  const { cardEncoding } = await connections.to(system)
  if (cardEncoding === undefined) {
    await run.end(async () =>
      uncategorized('This access system does not encode cards. Assign a registered card instead.'),
    )
    return
  }
  // The card is written from what the system holds: first let it have the latest wish.
  if (run.attempt.started_at === null && place.credential.is_dirty)
    await provisioner.provision(system, run.signal, run.fence)
  try {
    // One turn from the look at the stay's other cards to the record of this one: the next card of the stay joins it.
    return await connections.inTurn(system, run.signal, ({ signal }) => writeCard(run, cardEncoding, signal))
  } catch (error) {
    if (!(error instanceof EncoderError)) throw error
    await run.end(async () =>
      withAlias({ status: 'error', type: naturalType(error.code, run), message: error.message }),
    )
  }
}

/** Writes the card, or asks what became of it, and records it. Answers when to look again if it is not its time yet. */
async function writeCard(run: AttemptRun, cardEncoding: CardEncoding, signal: AbortSignal): Promise<JobOutcome> {
  const attempt_id = run.attempt.action_attempt_id
  let card: EncodedCard | null
  if (run.attempt.started_at !== null) {
    card = await cardEncoding.outcomeOf(attempt_id, run.signal)
  } else {
    const order = await beginOrder(run)
    if (order === null) return { again_in_ms: STAY_RETRY_MS }
    card = await cardEncoding.encode({ attempt_id, ...order }, signal).catch((error: unknown) => {
      // The answer was lost: what became of the card is asked at once, and again until the deadline.
      if (!(error instanceof SystemError) || error.kind !== 'in_doubt') throw error
      return cardEncoding.outcomeOf(attempt_id, run.signal).catch((reading: unknown) => {
        // Not even the question came through: the doubt remains.
        throw reading instanceof SystemError && reading.kind === 'unreachable' ? error : reading
      })
    })
  }
  const written = card
  await run.end(async () =>
    written === null
      ? uncategorized('The encoder did not write the card. Place the card again and repeat it.')
      : recordEncoded(run, written),
  )
}

/**
 * Begins the attempt with what to write where; null = not yet. The first card of a stay ends those before it at the
 * doors, so there is one: while another process writes it, the next waits, and then joins it. Two that begin at once are
 * told apart by the version of the stay's oldest credential.
 */
async function beginOrder(run: AttemptRun): Promise<{ encoder_id: string; credential: DesiredCredential } | null> {
  const { options, connections } = run.tools
  const place = await findPlace(run)
  if (place === null)
    throw new EncoderError('credential_deleted', 'The credential was deleted before it could be encoded.')
  const { system, encoder } = place
  const definition = connections.definitionOf(system.provider)
  let credential: DesiredCredential | null = null
  const hasBegun = await run.begin(async () => {
    // Before the stay's cards are read: what is under way by then is waited for, what was is among them.
    const stay = await lookAtStay(run, place.credential)
    const known = await externalIdsFor(options.store, system, [place.credential])
    const wish = known.joins.fill(desiredCredential(place.credential, known, definition))
    const changes = new ChangeSet()
    if (stay !== null && wish.external_id === null && wish.stay?.joins?.length === 0) {
      if (stay.is_under_way) return null
      const { acs_credential_id, version, stay_key } = stay
      changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, stay_key })
    }
    credential = wish
    return changes
  })
  return hasBegun && credential !== null ? { encoder_id: encoder.external_id, credential } : null
}

interface StayNow extends Pick<AcsCredentialRecord, 'acs_credential_id' | 'version' | 'stay_key'> {
  /** Another attempt writes a card of it. */
  is_under_way: boolean
}

/** The oldest credential of a credential's stay, and whether a card of the stay is being written; null = it has no stay. */
async function lookAtStay(run: AttemptRun, credential: AcsCredentialRecord): Promise<StayNow | null> {
  const { workspace_id, acs_system_id, stay_key } = credential
  if (stay_key === null) return null
  const rows = await run.tools.options.store.read<StayNow>(
    workspace_id,
    `SELECT c.acs_credential_id, c.version, c.stay_key, EXISTS (
        SELECT 1 FROM action_attempt a
          JOIN acs_credential o ON o.workspace_id = a.workspace_id AND o.acs_credential_id = (a.input->>'acs_credential_id')::uuid
         WHERE a.workspace_id = $1 AND a.busy_encoder_id IS NOT NULL AND a.started_at IS NOT NULL AND a.action_attempt_id <> $4
           AND o.acs_system_id = $2 AND o.stay_key = $3) AS is_under_way
       FROM acs_credential c WHERE c.workspace_id = $1 AND c.acs_system_id = $2 AND c.stay_key = $3
      ORDER BY c.created_at, c.acs_credential_id LIMIT 1`,
    [acs_system_id, stay_key, run.attempt.action_attempt_id],
  )
  return rows[0] ?? null
}

function naturalType(code: string, run: AttemptRun): string {
  return code === 'no_credential_on_encoder' && run.attempt.action_type === 'ENCODE_ACCESS_METHOD'
    ? 'no_card_on_encoder'
    : code
}

async function findPlace(run: AttemptRun): Promise<Place | null> {
  const { store } = run.tools.options
  const { workspace_id, input } = run.attempt
  const [credential, encoder] = await Promise.all([
    store.get(workspace_id, 'acs_credential', 'acs_credential_id', String(input['acs_credential_id'])),
    store.get(workspace_id, 'acs_encoder', 'acs_encoder_id', String(input['acs_encoder_id'])),
  ])
  if (credential === undefined || credential.is_deleting || encoder === undefined) return null
  const system = await store.get(workspace_id, 'acs_system', 'acs_system_id', credential.acs_system_id)
  return system === undefined ? null : { credential, encoder, system }
}

/** A simulate operation decided how this encode ends (access-systems.md 7.4): used up by it. Answers whether it ended. */
async function endAsArmed(run: AttemptRun, place: Place): Promise<boolean> {
  const { store } = run.tools.options
  const { acs_encoder_id } = place.encoder
  const armed = place.encoder.armed_encode
  if (armed === null) return false
  const isForOther =
    typeof armed.acs_credential_id === 'string' && armed.acs_credential_id !== place.credential.acs_credential_id
  if (isForOther) return false
  if (armed.outcome === 'succeed') {
    await store.write(
      run.attempt.workspace_id,
      run.now,
      new ChangeSet().update('acs_encoder', 'acs_encoder_id', { acs_encoder_id, armed_encode: null }),
      run.fence,
    )
    return false
  }
  const type = armed.error_code ?? 'uncategorized_error'
  await run.end(async () => ({
    ...(withAlias({
      status: 'error',
      type,
      message: SIMULATED_MESSAGES[type] ?? 'The encoding failed as simulated.',
    }) as Extract<AttemptEnd, { status: 'error' }>),
    changes: new ChangeSet().update('acs_encoder', 'acs_encoder_id', { acs_encoder_id, armed_encode: null }),
  }))
  return true
}

/** The card is written: credential, access method, attempt and events in one command; what the card held before is over. */
async function recordEncoded(run: AttemptRun, card: EncodedCard): Promise<AttemptEnd> {
  const { store } = run.tools.options
  const { workspace_id } = run.attempt
  const id = String(run.attempt.input['acs_credential_id'])
  const facts = await loadIssuanceFacts(store, workspace_id, [id], run.now)
  const credential = facts.credentials.find((one) => one.acs_credential_id === id)
  if (credential === undefined)
    return {
      status: 'error',
      type: 'credential_deleted',
      message: 'The credential was deleted while it was being encoded.',
    }
  const system = await store.get(workspace_id, 'acs_system', 'acs_system_id', credential.acs_system_id)
  if (system === undefined)
    return {
      status: 'error',
      type: 'credential_deleted',
      message: 'The access system was removed while the card was being encoded.',
    }
  const definition = run.tools.connections.definitionOf(system.provider)
  const known = await externalIdsFor(store, system, [])
  const ours = new Map([...known.entrances].map(([acs_entrance_id, external]) => [external, acs_entrance_id]))
  const written = {
    card_number: card.card_number,
    starts_at: card.starts_at,
    ends_at: card.ends_at,
    acs_entrance_ids: card.entrance_ids.flatMap((external) => ours.get(external) ?? []),
    written_at: run.now,
  }
  const changes = new ChangeSet()
  // A change that came while the card was being written makes it stale at once.
  const isStale = credential.is_dirty
  credential.card_number = card.card_number
  credential.external_id = card.credential_id ?? credential.external_id
  credential.written = written
  credential.metadata = withFacts(credential, definition.metadataKey, card.facts)
  credential.metadata = withValidity(credential, definition.metadataKey, true)
  credential.warnings = credential.warnings.filter((warning) => warning.warning_code !== 'waiting_to_be_issued')
  changes.update('acs_credential', 'acs_credential_id', {
    acs_credential_id: credential.acs_credential_id,
    version: credential.version,
    card_number: card.card_number,
    external_id: credential.external_id,
    written,
    metadata: credential.metadata,
    warnings: credential.warnings,
  })
  issueCredential(changes, credential, run.now)
  if (isStale) {
    credential.needs_to_be_reissued = true
    changes.update('acs_credential', 'acs_credential_id', {
      acs_credential_id: credential.acs_credential_id,
      needs_to_be_reissued: true,
    })
  }
  const method = facts.methods.find((one) => one.access_method_id === credential.access_method_id)
  if (method !== undefined) {
    method.is_issued = false
    settleMethod(changes, method, facts)
  }
  await endOverwritten(run, changes, system, card.overwritten_credential_ids, definition.metadataKey)
  const result = {
    ...presentAcsCredential(await presentable(store, credential), definition),
    ...(method === undefined
      ? {}
      : { access_method_id: method.access_method_id, access_grant_ids: method.access_grant_ids }),
  }
  return { status: 'success', changes, result }
}

/** What the system told of the card, beside what is known of it. */
function withFacts(
  { metadata }: AcsCredentialRecord,
  key: string | undefined,
  facts: Record<string, unknown> | undefined,
): Record<string, unknown> {
  if (key === undefined || facts === undefined) return metadata
  return { ...metadata, [key]: { ...(metadata[key] as object | undefined), ...facts } }
}

/** The provider's own flag for "opens doors", where its metadata has one. */
function withValidity(
  credential: AcsCredentialRecord,
  key: string | undefined,
  isValid: boolean,
): Record<string, unknown> {
  const own = key === undefined ? undefined : (credential.metadata[key] as Record<string, unknown> | undefined)
  if (key === undefined || own === undefined) return credential.metadata
  return { ...credential.metadata, [key]: { ...own, is_valid: isValid } }
}

/** Credentials whose card was written over open nothing any more. */
async function endOverwritten(
  run: AttemptRun,
  changes: ChangeSet,
  system: AcsSystemRecord,
  externalIds: readonly string[],
  key: string | undefined,
): Promise<void> {
  if (externalIds.length === 0) return
  const { store } = run.tools.options
  const rows = await store.read<AcsCredentialRecord>(
    system.workspace_id,
    'SELECT * FROM acs_credential WHERE workspace_id = $1 AND acs_system_id = $2 AND external_id = ANY($3)',
    [system.acs_system_id, externalIds],
  )
  const facts: IssuanceFacts = await loadIssuanceFacts(
    store,
    system.workspace_id,
    rows.map((row) => row.acs_credential_id),
    run.now,
  )
  for (const { acs_credential_id } of rows) {
    const credential = facts.credentials.find((one) => one.acs_credential_id === acs_credential_id)
    if (credential === undefined) continue
    const { acs_system_id, connected_account_id, version } = credential
    changes.update('acs_credential', 'acs_credential_id', {
      acs_credential_id,
      version,
      is_issued: false,
      issued_at: null,
      card_number: null,
      metadata: withValidity(credential, key, false),
    })
    changes.event('acs_credential.invalidated', { acs_credential_id, acs_system_id, connected_account_id })
    const method = facts.methods.find((one) => one.access_method_id === credential.access_method_id)
    if (method === undefined || !method.is_issued) continue
    changes.update('access_method', 'access_method_id', {
      access_method_id: method.access_method_id,
      version: method.version,
      is_issued: false,
      issued_at: null,
    })
    changes.event('access_method.revoked', methodEventPayload(method, facts))
  }
}
