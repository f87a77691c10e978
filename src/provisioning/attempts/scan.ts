/** Scanning: what is on the card at an encoder, beside what should be; and assigning a card by scanning it (access-systems.md 7.2, 7.3). */
import { ChangeSet } from '../../domain/changes.ts'
import {
  differences,
  NOT_ON_SEAM,
  outOfSync,
  presentCardOnEncoder,
  type CardOnEncoder,
  type ScanWarning,
} from '../../domain/credentials-on-encoder.ts'
import { presentAcsCredential } from '../../domain/present/acs-credential.ts'
import { isRemovedEncoder } from '../../domain/sync/marks.ts'
import type { AcsCredentialRecord, AcsEncoderRecord, AcsSystemRecord } from '../../domain/records.ts'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { CardContent } from '../../systems/kit/driver.ts'
import { EncoderError } from '../../systems/kit/errors.ts'
import { newPoolCard } from '../pool.ts'
import { isCardBack, STILL_HELD } from './card-back.ts'
import { externalIdsFor } from '../external-ids.ts'
import { SIMULATED_MESSAGES, withAlias } from './refusals.ts'
import { presentable } from './presentable.ts'
import { uncategorized, type AttemptEnd, type AttemptRun } from './attempt.ts'

interface Reader {
  system: AcsSystemRecord
  encoder: AcsEncoderRecord
  definition: SystemDefinition
}

export async function runScan(run: AttemptRun): Promise<void> {
  const reader = await findReader(run)
  if (reader === null) {
    await run.end(async () => ({
      status: 'error',
      type: 'encoder_not_online',
      message: 'The encoder was removed. Use another one: /acs/encoders/list shows those there are.',
    }))
    return
  }
  const armed = reader.encoder.armed_scan
  const { acs_encoder_id } = reader.encoder
  const disarm = (): ChangeSet =>
    new ChangeSet().update('acs_encoder', 'acs_encoder_id', { acs_encoder_id, armed_scan: null })
  if (armed?.outcome === 'fail') {
    const type = armed.error_code ?? 'uncategorized_error'
    const message = SIMULATED_MESSAGES[type] ?? 'The scan failed as simulated.'
    await run.end(async () => ({
      ...(withAlias({ status: 'error', type, message }) as Extract<AttemptEnd, { status: 'error' }>),
      changes: disarm(),
    }))
    return
  }
  if (armed?.outcome === 'succeed') {
    await run.end(async () => ({
      status: 'success',
      changes: disarm(),
      result: await simulatedScan(run, reader, armed.scenario, armed.acs_credential_id ?? null),
    }))
    return
  }
  let content: CardContent | null
  try {
    content = await readCard(run, reader)
  } catch (error) {
    if (!(error instanceof EncoderError)) throw error
    await run.end(async () => withAlias({ status: 'error', type: error.code, message: error.message }))
    return
  }
  await run.end(async () => ({
    status: 'success',
    changes: new ChangeSet(),
    result: await scanResult(run, reader, content),
  }))
}

export async function runScanToAssign(run: AttemptRun): Promise<void> {
  const reader = await findReader(run)
  const { store } = run.tools.options
  const { workspace_id, input } = run.attempt
  const user = await store.get(workspace_id, 'acs_user', 'acs_user_id', String(input['acs_user_id']))
  if (reader === null || user === undefined || user.is_deleting) {
    await run.end(async () =>
      uncategorized(
        reader === null
          ? 'The encoder was removed. Use another one: /acs/encoders/list shows those there are.'
          : 'The user was deleted before a card could be assigned.',
      ),
    )
    return
  }
  const { cardAssignment } = await run.tools.connections.to(reader.system)
  if (cardAssignment === undefined) {
    await run.end(async () =>
      uncategorized('This access system does not assign registered cards. Encode a card instead.'),
    )
    return
  }
  try {
    let content =
      reader.encoder.armed_scan?.outcome === 'fail' ? null : await readCard(run, reader).catch(ignoreEmptyReader)
    // Nobody holds a card to the virtual reader: the first free one of the pool is meant (access-systems.md 7.4).
    if (content === null && reader.encoder.armed_scan?.outcome !== 'fail') {
      const [number] = await cardAssignment.freeCards(run.signal)
      if (number !== undefined)
        content = {
          card_number: number,
          credential_id: null,
          entrance_ids: [],
          starts_at: null,
          ends_at: null,
          is_issued: false,
          created_at: null,
          metadata: {},
        }
    }
    if (content === null)
      throw new EncoderError(
        'no_credential_on_encoder',
        'No free card was found at the reader. Hold a card to it and try again.',
      )
    const card = content
    if (!(await isCardBack(run, reader.system, card.card_number))) {
      await run.end(async () => uncategorized(STILL_HELD))
      return
    }
    await run.end(() => recordScannedCard(run, reader, card, user.acs_user_id))
    await run.tools.provisioner.provision(reader.system, run.signal)
  } catch (error) {
    if (!(error instanceof EncoderError)) throw error
    await run.end(async () => withAlias({ status: 'error', type: error.code, message: error.message }))
  }
}

function ignoreEmptyReader(error: unknown): null {
  if (error instanceof EncoderError && error.code === 'no_credential_on_encoder') return null
  throw error
}

async function findReader(run: AttemptRun): Promise<Reader | null> {
  const { store } = run.tools.options
  const encoder = await store.get(
    run.attempt.workspace_id,
    'acs_encoder',
    'acs_encoder_id',
    String(run.attempt.input['acs_encoder_id']),
  )
  const system =
    encoder === undefined
      ? undefined
      : await store.get(encoder.workspace_id, 'acs_system', 'acs_system_id', encoder.acs_system_id)
  if (encoder === undefined || isRemovedEncoder(encoder) || system === undefined) return null
  return { encoder, system, definition: run.tools.connections.definitionOf(system.provider) }
}

async function readCard(run: AttemptRun, { system, encoder }: Reader): Promise<CardContent | null> {
  const connection = await run.tools.connections.to(system)
  const options = (run.attempt.input['options'] as Record<string, unknown> | undefined) ?? {}
  const detect_new_tags = options['detect_new_tags'] === true
  return run.tools.connections.inTurn(system, run.signal, async ({ signal }) => {
    if (connection.cardEncoding !== undefined)
      return connection.cardEncoding.scan({ encoder_id: encoder.external_id, options }, signal)
    if (connection.cardAssignment?.scan !== undefined)
      return connection.cardAssignment.scan({ encoder_id: encoder.external_id, detect_new_tags }, signal)
    throw new EncoderError('uncategorized_error', 'This access system cannot read cards.')
  })
}

async function scanResult(
  run: AttemptRun,
  reader: Reader,
  content: CardContent | null,
): Promise<Record<string, unknown>> {
  if (content === null) return { acs_credential_on_encoder: null, acs_credential_on_seam: null, warnings: [] }
  const card = await inOurIds(run, reader, content)
  const credential = await credentialOf(run, reader.system, content)
  if (credential === undefined) {
    return {
      acs_credential_on_encoder: presentCardOnEncoder(card),
      acs_credential_on_seam: null,
      warnings: [NOT_ON_SEAM],
    }
  }
  const differing = differences(card, credential, await doorsOf(run, credential))
  return {
    acs_credential_on_encoder: presentCardOnEncoder(card),
    acs_credential_on_seam: presentAcsCredential(
      await presentable(run.tools.options.store, credential),
      reader.definition,
    ),
    warnings: differing.length > 0 ? [outOfSync(differing)] : [],
  }
}

/** Answers of the simulate operations (access-systems.md 7.4). */
async function simulatedScan(
  run: AttemptRun,
  reader: Reader,
  scenario: string | undefined,
  credentialId: string | null,
): Promise<Record<string, unknown>> {
  if (scenario === 'credential_on_encoder_is_empty')
    return { acs_credential_on_encoder: null, acs_credential_on_seam: null, warnings: [] }
  const { store } = run.tools.options
  const { system, definition } = reader
  if (scenario === 'credential_does_not_exist_on_seam') {
    const card: CardOnEncoder = {
      card_number: 'UNKNOWN',
      starts_at: null,
      ends_at: null,
      acs_entrance_ids: [],
      is_issued: true,
      created_at: run.now,
      metadata: {},
    }
    return {
      acs_credential_on_encoder: presentCardOnEncoder(card),
      acs_credential_on_seam: null,
      warnings: [NOT_ON_SEAM],
    }
  }
  const credential =
    credentialId === null
      ? (
          await store.read<AcsCredentialRecord>(
            system.workspace_id,
            `SELECT * FROM acs_credential WHERE workspace_id = $1 AND acs_system_id = $2 AND access_method = 'card' AND NOT is_deleting
              ORDER BY issued_at DESC NULLS LAST, created_at DESC LIMIT 1`,
            [system.acs_system_id],
          )
        )[0]
      : await store.get(system.workspace_id, 'acs_credential', 'acs_credential_id', credentialId)
  const warnings: ScanWarning[] = []
  if (credential === undefined) warnings.push(NOT_ON_SEAM)
  else if (scenario === 'credential_on_encoder_needs_update') warnings.push(outOfSync(['ends_at']))
  const card: CardOnEncoder = {
    card_number: credential?.card_number ?? 'UNKNOWN',
    starts_at: credential?.starts_at ?? null,
    ends_at: credential?.ends_at ?? null,
    acs_entrance_ids: credential === undefined ? [] : await doorsOf(run, credential),
    is_issued: true,
    created_at: credential?.created_at ?? run.now,
    metadata: {},
  }
  return {
    acs_credential_on_encoder: presentCardOnEncoder(card),
    acs_credential_on_seam:
      credential === undefined ? null : presentAcsCredential(await presentable(store, credential), definition),
    warnings,
  }
}

/** The scanned card's credential in the pool (or a new one for a tag just registered) gets its user. */
async function recordScannedCard(
  run: AttemptRun,
  reader: Reader,
  card: CardContent,
  acs_user_id: string,
): Promise<AttemptEnd> {
  const { store, ids } = run.tools.options
  const { system, definition } = reader
  const known = await credentialOf(run, system, card)
  if (known !== undefined && known.acs_user_id !== null && known.acs_user_id !== acs_user_id) {
    return uncategorized('The card on the reader belongs to another user. Unassign it first.')
  }
  const changes = new ChangeSet()
  const wish = { acs_user_id, is_dirty: true, dirty_since: run.now, retry_at: null, attempts: 0 }
  const row: AcsCredentialRecord = { ...(known ?? newPoolCard(system, card, ids.uuid(), run.now)), ...wish }
  if (known === undefined) {
    const { version: _version, ...columns } = row
    changes.insert('acs_credential', columns)
  } else
    changes.update('acs_credential', 'acs_credential_id', {
      acs_credential_id: known.acs_credential_id,
      version: known.version,
      ...wish,
    })
  changes.job('provision', system.acs_system_id, run.now)
  return { status: 'success', changes, result: presentAcsCredential(await presentable(store, row), definition) }
}

async function inOurIds(run: AttemptRun, { system, definition }: Reader, content: CardContent): Promise<CardOnEncoder> {
  const known = await externalIdsFor(run.tools.options.store, system, [])
  const ours = new Map([...known.entrances].map(([id, external]) => [external, id]))
  const translate = (ids: unknown): string[] =>
    Array.isArray(ids) ? ids.flatMap((id) => ours.get(String(id)) ?? []) : []
  const { guest_entrance_ids, common_entrance_ids, ...flags } = content.metadata
  const doors = {
    ...(guest_entrance_ids === undefined ? {} : { guest_acs_entrance_ids: translate(guest_entrance_ids) }),
    ...(common_entrance_ids === undefined ? {} : { common_acs_entrance_ids: translate(common_entrance_ids) }),
  }
  const key = definition.metadataKey
  const facts = { ...flags, ...doors }
  const { card_number, starts_at, ends_at, is_issued, created_at } = content
  const metadata = key === undefined || Object.keys(facts).length === 0 ? {} : { [key]: facts }
  return {
    card_number,
    starts_at,
    ends_at,
    is_issued,
    created_at,
    acs_entrance_ids: translate(content.entrance_ids),
    metadata,
  }
}

/** By the system's id, else by the number on the card. */
async function credentialOf(
  run: AttemptRun,
  system: AcsSystemRecord,
  content: CardContent,
): Promise<AcsCredentialRecord | undefined> {
  const rows = await run.tools.options.store.read<AcsCredentialRecord>(
    system.workspace_id,
    `SELECT * FROM acs_credential
      WHERE workspace_id = $1 AND acs_system_id = $2 AND access_method = 'card' AND (external_id = $3 OR lower(card_number) = lower($4))
      ORDER BY (external_id IS NOT DISTINCT FROM $3) DESC, created_at LIMIT 1`,
    [system.acs_system_id, content.credential_id, content.card_number],
  )
  return rows[0]
}

/** The doors a credential opens now: its own, and those of its user's groups. */
async function doorsOf(run: AttemptRun, credential: AcsCredentialRecord): Promise<string[]> {
  if (credential.acs_user_id === null) return credential.acs_entrance_ids
  const rows = await run.tools.options.store.read<{ id: string }>(
    credential.workspace_id,
    `SELECT DISTINCT unnest(g.acs_entrance_ids) AS id FROM acs_user u
       JOIN acs_access_group g ON g.workspace_id = u.workspace_id AND g.acs_access_group_id = ANY(u.acs_access_group_ids)
      WHERE u.workspace_id = $1 AND u.acs_user_id = $2`,
    [credential.acs_user_id],
  )
  return [...new Set([...credential.acs_entrance_ids, ...rows.map((row) => row.id)])]
}
