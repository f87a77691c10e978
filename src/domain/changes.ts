/**
 * A command's outcome: the rows, events and jobs it wants written. The domain makes it, the store writes it as one
 * statement: all of it or nothing (design.md sections 1 and 2).
 */
import type { Records, TableName } from './records.ts'

/** A row to insert: a record without its `version` and without columns that have a default. */
export type NewRow<T extends TableName> = Partial<Records[T]>

/**
 * New values for one row: its primary key, the fields to set, and the `version` that was read. With `version`, a row
 * that has changed since makes the command decide again; without it the fields are set whatever else has changed.
 */
export type RowUpdate<T extends TableName> = Partial<Records[T]>

/** "Look at X again", at the earliest at `run_at` by the workspace's clock. Asking twice is asking once, at the earlier time. */
export interface JobRequest {
  kind: string
  key: string
  run_at: string
}

/** An event before the store gives it an id: its type, when it happened, and the ids and facts it carries. */
export interface NewEvent {
  event_type: string
  /** ISO 8601; the command's own time when absent. */
  occurred_at?: string
  payload: Record<string, unknown>
}

type RowLists = { [T in TableName]?: NewRow<T>[] }

/** Collects what one command wants written. Later updates of a row are merged into the earlier ones. */
export class ChangeSet {
  readonly inserts: RowLists = {}
  readonly updates: RowLists = {}
  readonly deletes: RowLists = {}
  /** Rows the decision rests on without changing them: key and version; they must still stand as read. */
  readonly expectations: RowLists = {}
  readonly events: NewEvent[] = []
  readonly jobs: JobRequest[] = []
  readonly #updatesByKey = new Map<string, Record<string, unknown>>()

  insert<T extends TableName>(table: T, row: NewRow<T>): this {
    push(this.inserts, table, row)
    return this
  }

  /** `key` names the row, e.g. `acs_user_id` (all its columns where it has several); the row's values of it must be in `row`. */
  update<T extends TableName>(
    table: T,
    key: (keyof Records[T] & string) | readonly (keyof Records[T] & string)[],
    row: RowUpdate<T>,
  ): this {
    const columns = typeof key === 'string' ? [key] : key
    const id = [table, ...columns.map((column) => String((row as Record<string, unknown>)[column]))].join('\n')
    const earlier = this.#updatesByKey.get(id)
    if (earlier !== undefined) {
      const version = earlier['version']
      Object.assign(earlier, row)
      if (version !== undefined) earlier['version'] = version
      return this
    }
    const copy = { ...row }
    this.#updatesByKey.set(id, copy)
    push(this.updates, table, copy)
    return this
  }

  /** Deletes a row by its key columns; pass `version` too when the decision rests on what was read. */
  delete<T extends TableName>(table: T, row: RowUpdate<T>): this {
    push(this.deletes, table, row)
    return this
  }

  /** The command is only right while this row is as it was read. */
  expect<T extends TableName>(table: T, row: RowUpdate<T>): this {
    push(this.expectations, table, row)
    return this
  }

  event(event_type: string, payload: Record<string, unknown>, occurred_at?: string): this {
    this.events.push(occurred_at === undefined ? { event_type, payload } : { event_type, payload, occurred_at })
    return this
  }

  job(kind: string, key: string, run_at: string): this {
    const same = this.jobs.find((job) => job.kind === kind && job.key === key)
    if (same === undefined) this.jobs.push({ kind, key, run_at })
    else if (run_at < same.run_at) same.run_at = run_at
    return this
  }

  get isEmpty(): boolean {
    const lists = [this.inserts, this.updates, this.deletes]
    return lists.every((list) => Object.keys(list).length === 0) && this.events.length === 0 && this.jobs.length === 0
  }
}

function push<T extends TableName>(lists: RowLists, table: T, row: NewRow<T>): void {
  const list = lists[table]
  if (list === undefined) (lists as Record<string, unknown>)[table] = [row]
  else list.push(row)
}
