/** What a person or a door does, while it is done: waiting, the result, or the reason why not, with a way to try again. */
import { CircleCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { useActionAttempt } from '../../api/action-attempts.ts'
import type { ActionAttempt } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { DialogActions } from '../../kit/dialog.tsx'
import { ErrorState, Notice } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import styles from './attempt.module.css'

export interface AttemptProps {
  actionAttemptId: string
  /** What is waited for: "Place the card on Front Desk and leave it there." */
  waiting: ReactNode
  /** What came of it. */
  done: (result: Record<string, unknown>) => ReactNode
  onRetry: () => void
  onClose: () => void
}

export function Attempt({ actionAttemptId, waiting, done, onRetry, onClose }: AttemptProps) {
  const { data: attempt, error, refetch } = useActionAttempt(actionAttemptId)
  if (attempt === undefined) {
    if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
    return <Waiting>{waiting}</Waiting>
  }
  if (attempt.status === 'pending') return <Waiting>{waiting}</Waiting>
  if (attempt.status === 'error') {
    return (
      <>
        <Notice tone="bad" title={titleOf(attempt.error.type)}>
          <p>{attempt.error.message}</p>
          <p>
            <code>{attempt.error.type}</code>
          </p>
        </Notice>
        <DialogActions>
          <Button onPress={onClose}>Close</Button>
          <Button look="primary" onPress={onRetry}>
            Retry
          </Button>
        </DialogActions>
      </>
    )
  }
  return (
    <>
      <div role="status">{done(resultOf(attempt))}</div>
      <DialogActions>
        <Button look="primary" onPress={onClose}>
          Done
        </Button>
      </DialogActions>
    </>
  )
}

function Waiting({ children }: { children: ReactNode }) {
  return (
    <div className={styles.waiting} role="status">
      <Spinner />
      <div>{children}</div>
    </div>
  )
}

/** The head of a result that is good. */
export function Succeeded({ children }: { children: ReactNode }) {
  return (
    <p className={styles.succeeded}>
      <CircleCheck aria-hidden size={24} />
      <span>{children}</span>
    </p>
  )
}

function resultOf(attempt: ActionAttempt): Record<string, unknown> {
  return ((attempt as { result?: unknown }).result ?? {}) as Record<string, unknown>
}

const TITLES: Readonly<Record<string, string>> = {
  no_credential_on_encoder: 'There is no card on the encoder',
  no_card_on_encoder: 'There is no card on the encoder',
  encoding_interrupted: 'The card was taken away too early',
  incompatible_card_format: 'This kind of card does not fit',
  encoder_not_online: 'The encoder cannot be reached',
  bridge_disconnected: 'The bridge in the building cannot be reached',
  action_attempt_expired: 'It took too long',
  credential_cannot_be_reissued: 'This is another card',
  credential_not_found: 'There is no such card',
}

/** A title for the kind of error; the sentence beneath it is the server's. */
function titleOf(type: string): string {
  return TITLES[type] ?? 'This did not work'
}
