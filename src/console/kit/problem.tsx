import { CircleAlert, TriangleAlert, Info } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError } from '../api/client.ts'
import { Button } from './button.tsx'
import styles from './problem.module.css'

type Tone = 'bad' | 'warn' | 'info'

const ICONS = { bad: CircleAlert, warn: TriangleAlert, info: Info }

/** A box that says something is wrong, or worth knowing. */
export function Notice({ tone, title, children }: { tone: Tone; title?: string; children?: ReactNode }) {
  const Icon = ICONS[tone]
  return (
    <div className={`${styles.notice} ${styles[tone]}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon aria-hidden size={20} className={styles.icon} />
      <div className={styles.text}>
        {title !== undefined && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  )
}

/** What went wrong, in the server's words, with the request id that its log knows. */
export function ErrorText({ error }: { error: Error }) {
  return (
    <>
      <p>{error.message}</p>
      {error instanceof ApiError && error.requestId !== null && (
        <p className={styles.request}>
          Request <code>{error.requestId}</code>
        </p>
      )}
    </>
  )
}

/** In place of what could not be loaded. */
export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  return (
    <div className={styles.state}>
      <Notice tone="bad" title={titleOf(error)}>
        <ErrorText error={error} />
      </Notice>
      {onRetry !== undefined && <Button onPress={onRetry}>Retry</Button>}
    </div>
  )
}

function titleOf(error: Error): string {
  if (!(error instanceof ApiError)) return 'This could not be loaded'
  if (error.status === 404) return 'This does not exist (any more)'
  if (error.status === 403) return 'You may not see this'
  return 'This could not be loaded'
}

/** In place of a list with nothing in it: says what would be here, and offers the way to it. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{title}</p>
      {children !== undefined && <div className={styles.emptyText}>{children}</div>}
      {action}
    </div>
  )
}
