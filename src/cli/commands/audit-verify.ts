/** `audit verify`: reads chains of the audit log from their start, in the database or in an exported file. */
import { ChainCheck, personDigest, type AuditHead, type ChainFault } from '../../domain/audit/chain.ts'
import { auditBacklog, auditedWorkspaces, auditEntries, auditHead, auditPeople } from '../../store/audit.ts'
import type { Store } from '../../store/store.ts'
import { systemClock } from '../../system-clock.ts'
import { readExport } from '../audit-file.ts'
import { BROKEN, OK, UsageError, WRONG_USAGE, type Command, type Io } from '../command.ts'
import { openInstallation } from '../installation.ts'

/** What still waits to be chained after this long has been forgotten by somebody (milliseconds). */
const LATE_MS = 10_000

export const auditVerify: Command = {
  name: 'audit verify',
  summary: 'check that the audit log is whole and unchanged',
  help: `  --workspace ID        of this workspace only; otherwise of all
  --file FILE           an exported file instead of the database: nothing else is needed
  --head SEQUENCE:HASH  a head that was noted earlier and kept elsewhere: the log must still lead to it. Without it,
                        a log whose end was cut off together with its recorded head looks whole.

Prints the head of each chain. Exit code 0: whole; 1: the first bad entry is named.`,
  options: { workspace: { type: 'string' }, file: { type: 'string' }, head: { type: 'string' } },
  async run(options, io) {
    const file = options.text('file')
    const workspace = options.id('workspace')
    const kept = readHead(options.text('head'))
    if (file !== undefined) return verifyFile(file, workspace, kept, io)
    if (kept !== null && workspace === undefined) throw new UsageError('--head needs --workspace: which one is it of?')
    await using installation = await openInstallation(io)
    const { store } = installation
    const all = workspace === undefined ? await auditedWorkspaces(store) : [workspace]
    let code = OK
    for (const id of all) if (!(await verifyWorkspace(store, id, kept, io))) code = BROKEN
    if (all.length === 0) await io.out('There is no audit log yet.')
    return code
  },
}

function readHead(text: string | undefined): AuditHead | null {
  if (text === undefined) return null
  const [, sequence, hash] = /^(\d+):([0-9a-f]{64})$/i.exec(text) ?? []
  if (sequence === undefined || hash === undefined)
    throw new UsageError('--head takes what audit verify printed: a number, a colon, and 64 hexadecimal digits.')
  return { sequence: Number(sequence), hash: hash.toLowerCase() }
}

/** Looks for a head that was kept among the entries as they pass. */
class Kept {
  readonly #head: AuditHead | null
  #found: string | null = null

  constructor(head: AuditHead | null) {
    this.#head = head
  }

  see({ sequence, hash }: AuditHead): void {
    if (sequence === this.#head?.sequence) this.#found = hash
  }

  fault(): ChainFault | null {
    if (this.#head === null || this.#found === this.#head.hash) return null
    const { sequence } = this.#head
    const message =
      this.#found === null
        ? `Entry ${String(sequence)}, the head that was kept, is missing.`
        : `Entry ${String(sequence)} is not the one whose hash was kept: the chain was written anew.`
    return { sequence, audit_entry_id: null, message }
  }
}

async function verifyWorkspace(store: Store, workspaceId: string, kept: AuditHead | null, io: Io): Promise<boolean> {
  const check = new ChainCheck(workspaceId)
  const seen = new Kept(kept)
  // Entries that are chained meanwhile lie behind this head.
  const head = (await auditHead(store, workspaceId)) ?? { sequence: 0, hash: check.head.hash }
  const digests = new Set<string>()
  let stood = check.head
  for await (const entry of auditEntries(store, workspaceId)) {
    if (entry.person_digest !== null) digests.add(entry.person_digest)
    if (!check.add(entry)) break
    seen.see(check.head)
    if (check.head.sequence === head.sequence) stood = check.head
  }
  const now = await auditHead(store, workspaceId)
  const hasGrown = now !== null && now.sequence > head.sequence && stood.hash === head.hash
  const fault = check.end(hasGrown ? null : head) ?? seen.fault() ?? (await faultOfPeople(store, workspaceId))
  const { count, oldest_at } = await auditBacklog(store, workspaceId)
  await report(workspaceId, check, fault, io)
  if (oldest_at !== null && Date.parse(oldest_at) < systemClock.now() - LATE_MS)
    await io.out(
      `  ${String(count)} entries wait to be chained since ${oldest_at}: a server with workers does so (LOCKSTITCH_ROLES).`,
    )
  if (fault === null) {
    const named = await auditPeople(store, workspaceId)
    const there = new Set(named.map((person) => person.digest))
    const erased = [...digests].filter((digest) => !there.has(digest)).length
    if (erased > 0) await io.out(`  Of ${String(erased)} entries about people the names were erased.`)
  }
  return fault === null
}

/** A name beside the log must be the one that was digested. */
async function faultOfPeople(store: Store, workspaceId: string): Promise<ChainFault | null> {
  for (const person of await auditPeople(store, workspaceId)) {
    if (personDigest(person) === person.digest) continue
    return {
      sequence: 0,
      audit_entry_id: null,
      message: `The name or contacts kept for person ${person.person_id} were changed: they are not those that were digested.`,
    }
  }
  return null
}

async function verifyFile(file: string, workspace: string | undefined, kept: AuditHead | null, io: Io) {
  const exported = readExport(file)
  const { header } = exported
  if (workspace !== undefined && workspace !== header.workspace_id) {
    io.tell(`${file} holds the log of workspace ${header.workspace_id}.`)
    return WRONG_USAGE
  }
  const check = new ChainCheck(header.workspace_id)
  const seen = new Kept(kept)
  let unreadable: ChainFault | null = null
  for await (const entry of exported.entries()) {
    if (entry === null) {
      const sequence = check.head.sequence + 1
      unreadable = { sequence, audit_entry_id: null, message: `The line of entry ${String(sequence)} cannot be read.` }
      break
    }
    if (!check.add(entry)) break
    seen.see(check.head)
  }
  const fault = unreadable ?? check.end(header.head) ?? seen.fault()
  await report(header.workspace_id, check, fault, io)
  return fault === null ? OK : BROKEN
}

async function report(workspaceId: string, check: ChainCheck, fault: ChainFault | null, io: Io): Promise<void> {
  const { sequence, hash } = check.head
  if (fault === null) {
    await io.out(`Workspace ${workspaceId}: ${String(sequence)} entries, whole. Head ${String(sequence)}:${hash}`)
    return
  }
  const entry = fault.audit_entry_id === null ? '' : ` (${fault.audit_entry_id})`
  await io.out(`Workspace ${workspaceId}: BROKEN. ${fault.message}${entry}`)
  await io.out(`  Whole up to ${String(sequence)}:${hash}`)
}
