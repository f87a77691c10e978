/** The audit log of one workspace as a file: JSON lines, a header first, then the entries in their order. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { AuditEntry, AuditHead } from '../domain/audit/chain.ts'
import { UsageError } from './command.ts'

export interface ExportHeader {
  format: 'lockstitch-audit-1'
  workspace_id: string
  exported_at: string
  /** Where the chain ended. */
  head: AuditHead
}

export const FORMAT = 'lockstitch-audit-1'

/** A header is far shorter (bytes). */
const HEADER_LIMIT = 4096

/** Opens an exported file. Its entries are null where a line is no JSON object. @throws UsageError when it is no such file */
export function readExport(file: string): { header: ExportHeader; entries(): AsyncGenerator<AuditEntry | null> } {
  const header = parse(firstLine(file)) as Partial<ExportHeader> | null
  if (header?.format !== FORMAT || typeof header.workspace_id !== 'string' || typeof header.head?.hash !== 'string')
    throw new UsageError(`${file} is not an audit log that "audit export" wrote.`)
  return {
    header: header as ExportHeader,
    async *entries() {
      let isFirst = true
      for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
        if (!isFirst && line !== '') yield parse(line) as AuditEntry | null
        isFirst = false
      }
    },
  }
}

function firstLine(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    const buffer = Buffer.alloc(HEADER_LIMIT)
    return buffer.toString('utf8', 0, readSync(descriptor, buffer)).split('\n')[0] ?? ''
  } finally {
    closeSync(descriptor)
  }
}

function parse(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
