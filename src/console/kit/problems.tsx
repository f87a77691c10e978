import type { ReactNode } from 'react'
import type { Problem } from '../api/routes.ts'
import { Notice } from './problem.tsx'
import styles from './problems.module.css'

interface Troubled {
  errors?: readonly unknown[]
  warnings?: readonly unknown[]
  pending_mutations?: readonly unknown[] | undefined
}

/** Every error and warning of a resource in the server's words, then what the system has not confirmed yet. */
export function Problems({ of, children }: { of: Troubled; children?: ReactNode }) {
  const errors = (of.errors ?? []) as Problem[]
  const warnings = (of.warnings ?? []) as Problem[]
  const pending = (of.pending_mutations ?? []) as { mutation_code: string; message: string }[]
  if (errors.length + warnings.length + pending.length === 0) return null
  return (
    <div className={styles.problems}>
      {errors.map((error, index) => (
        <Notice key={`${error.error_code ?? ''}${String(index)}`} tone="bad" title={words(error.error_code)}>
          <p>{error.message}</p>
          {index === 0 && children}
        </Notice>
      ))}
      {warnings.map((warning, index) => (
        <Notice key={`${warning.warning_code ?? ''}${String(index)}`} tone="warn" title={words(warning.warning_code)}>
          <p>{warning.message}</p>
          {errors.length === 0 && index === 0 && children}
        </Notice>
      ))}
      {pending.length > 0 && (
        <Notice tone="info" title="Not confirmed by the system yet">
          <ul className={styles.list}>
            {pending.map(({ mutation_code, message }, index) => (
              <li key={`${mutation_code}${String(index)}`}>{message}</li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  )
}

/** `needs_to_be_reissued` as `Needs to be reissued`. */
export function words(code: string | undefined): string {
  const text = (code ?? 'problem').replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
