/**
 * The chain of the audit log: each entry's hash is the SHA-256 of its fields and of the hash before it, so that whoever
 * knows one hash can tell whether anything up to it was changed. Pure: what is checked may come from the database or from
 * an exported file (docs/guide/audit.md gives the form for other programs).
 */
import { createHash } from 'node:crypto'
import type { Json } from '../records.ts'
import type { Actor } from './author.ts'

/** What an entry says; instants are ISO 8601 UTC with milliseconds. */
export interface AuditFact {
  workspace_id: string
  audit_entry_id: string
  /** By the workspace's clock. */
  occurred_at: string
  /** By the machine's clock. */
  recorded_at: string
  actor: Actor
  action: string
  subject_type: string
  subject_id: string
  door_ids: string[]
  person_id: string | null
  person_digest: string | null
  before: Json | null
  after: Json | null
}

export interface AuditEntry extends AuditFact {
  /** 1, 2, 3 ... in its workspace, without gaps. */
  sequence: number
  previous_hash: string
  /** SHA-256, hex. */
  hash: string
}

/** Where a chain ends. */
export interface AuditHead {
  sequence: number
  hash: string
}

/** A name and contacts as they were, beside the log. */
export interface AuditPerson {
  person_id: string
  digest: string
  salt: string
  full_name: string | null
  email_address: string | null
  phone_number: string | null
}

/** The first thing that is wrong with a chain. */
export interface ChainFault {
  /** Of the entry at fault, or of the one that is missing. */
  sequence: number
  audit_entry_id: string | null
  message: string
}

/** The hash that the first entry of a workspace follows. */
export function genesisHash(workspaceId: string): string {
  return sha256(`lockstitch audit ${workspaceId}`)
}

/** The hash of an entry: of its canonical JSON without `hash`. */
export function entryHash({
  hash: _hash,
  ...entry
}: AuditEntry | (Omit<AuditEntry, 'hash'> & { hash?: string })): string {
  return sha256(canonical(entry))
}

/** Gives facts their place behind `head`. */
export function chain(head: AuditHead, facts: readonly AuditFact[]): AuditEntry[] {
  let { sequence, hash } = head
  return facts.map((fact) => {
    const entry = { ...fact, sequence: ++sequence, previous_hash: hash }
    hash = entryHash(entry)
    return { ...entry, hash }
  })
}

/** The digest of a name and contacts: as the function audit_digest of the database. */
export function personDigest(person: Omit<AuditPerson, 'digest' | 'person_id'>): string {
  const texts = [person.full_name, person.email_address, person.phone_number]
  const parts = texts.map((text) => (text === null ? '-' : `${String(Buffer.byteLength(text))}:${text}`))
  return sha256([person.salt, ...parts].join('|'))
}

/** Reads a chain from its start, and stops at the first thing that is wrong. */
export class ChainCheck {
  readonly #workspaceId: string
  #head: AuditHead
  #fault: ChainFault | null = null

  constructor(workspaceId: string) {
    this.#workspaceId = workspaceId
    this.#head = { sequence: 0, hash: genesisHash(workspaceId) }
  }

  get fault(): ChainFault | null {
    return this.#fault
  }

  /** The last entry that was right. */
  get head(): AuditHead {
    return this.#head
  }

  /** Takes the next entry; answers whether the chain is still whole. */
  add(entry: AuditEntry): boolean {
    if (this.#fault !== null) return false
    const { sequence, audit_entry_id } = entry
    const expected = this.#head.sequence + 1
    if (sequence > expected) return this.#fail(expected, null, `Entry ${String(expected)} is missing.`)
    if (sequence !== expected)
      return this.#fail(
        sequence,
        audit_entry_id,
        `Entry ${String(sequence)} stands where ${String(expected)} should be.`,
      )
    if (entry.workspace_id !== this.#workspaceId)
      return this.#fail(sequence, audit_entry_id, `Entry ${String(sequence)} belongs to another workspace.`)
    if (entry.previous_hash !== this.#head.hash)
      return this.#fail(sequence, audit_entry_id, `Entry ${String(sequence)} does not follow the one before it.`)
    if (entryHash(entry) !== entry.hash)
      return this.#fail(
        sequence,
        audit_entry_id,
        `Entry ${String(sequence)} was changed: its hash is not that of what it says.`,
      )
    this.#head = { sequence, hash: entry.hash }
    return true
  }

  /** Nothing follows: the chain must end at `head`, where one is known. */
  end(head: AuditHead | null): ChainFault | null {
    if (this.#fault !== null || head === null) return this.#fault
    const { sequence, hash } = this.#head
    if (head.sequence > sequence) {
      const last = head.sequence === sequence + 1 ? '' : ` to ${String(head.sequence)}`
      this.#fail(sequence + 1, null, `The end was cut off: entry ${String(sequence + 1)}${last} is missing.`)
    } else if (head.sequence < sequence)
      this.#fail(head.sequence + 1, null, `Entry ${String(head.sequence + 1)} was added behind the recorded end.`)
    else if (head.hash !== hash)
      this.#fail(
        sequence,
        null,
        `The recorded end is not the hash of entry ${String(sequence)}: the end or the whole chain was written anew.`,
      )
    return this.#fault
  }

  #fail(sequence: number, audit_entry_id: string | null, message: string): false {
    this.#fault = { sequence, audit_entry_id, message }
    return false
  }
}

/** JSON with sorted keys and nothing between: one text for one meaning. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
