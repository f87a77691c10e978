import styles from './status-pill.module.css'

export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'busy'

/** One word on how something is doing. The dot repeats the colour's meaning; the word carries it. */
export function StatusPill({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={`${styles.pill} ${styles[tone]}`}>
      <span className={styles.dot} aria-hidden />
      {children}
    </span>
  )
}

export interface Stated {
  errors?: readonly unknown[]
  warnings?: readonly unknown[]
  pending_mutations?: readonly unknown[] | undefined
}

/** The pill of anything that carries errors, warnings and pending mutations: the gravest of them. */
export function StatePill({ of }: { of: Stated }) {
  if ((of.errors?.length ?? 0) > 0) return <StatusPill tone="bad">Error</StatusPill>
  if ((of.pending_mutations?.length ?? 0) > 0) return <StatusPill tone="busy">Pending</StatusPill>
  if ((of.warnings?.length ?? 0) > 0) return <StatusPill tone="warn">Warning</StatusPill>
  return <StatusPill tone="good">Up to date</StatusPill>
}
