import { useState } from 'react'
import { useList } from '../../api/queries.ts'
import type { ActionAttempt, Answer, Params } from '../../api/routes.ts'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { StatusPill } from '../../kit/status-pill.tsx'
import styles from './developer.module.css'

/** When it was asked for: the published model has no place for it. */
const createdAt = (attempt: ActionAttempt): string | undefined => (attempt as { created_at?: string }).created_at

function AttemptPill({ attempt }: { attempt: ActionAttempt }) {
  if (attempt.status === 'pending') return <StatusPill tone="busy">Pending</StatusPill>
  if (attempt.status === 'error') return <StatusPill tone="bad">Error</StatusPill>
  return <StatusPill tone="good">Success</StatusPill>
}

const columns: Column<ActionAttempt>[] = [
  {
    id: 'action_type',
    header: 'Action',
    width: 'minmax(200px, 2fr)',
    cell: (attempt) => <code>{attempt.action_type}</code>,
  },
  {
    id: 'error',
    header: 'Error',
    width: 'minmax(200px, 3fr)',
    cell: (attempt) => (attempt.status === 'error' ? attempt.error.message : ''),
  },
  {
    id: 'created_at',
    header: 'Asked for',
    width: DATE_TIME_WIDTH,
    cell: (attempt) => <DateTime at={createdAt(attempt)} none="–" />,
  },
  { id: 'status', header: 'Status', width: '140px', cell: (attempt) => <AttemptPill attempt={attempt} /> },
]

const attemptsOf = (answer: Answer<'/action_attempts/list'>): ActionAttempt[] => answer.action_attempts

export function ActionAttempts() {
  const [shown, setShown] = useState<ActionAttempt | null>(null)
  const list = useList(
    '/action_attempts/list',
    { order: 'newest_first' } as Params<'/action_attempts/list'>,
    attemptsOf,
  )
  return (
    <>
      <DataTable
        label="Action attempts"
        list={list}
        columns={columns}
        rowId={(attempt) => attempt.action_attempt_id}
        rowName={(attempt) => attempt.action_type}
        idName="action_attempt_id"
        actions={(attempt) => [{ id: 'details', label: 'Show details', onAction: () => setShown(attempt) }]}
        empty={
          <EmptyState title="Nothing was asked for yet">
            Encoding, scanning, assigning and unlocking are listed here with what came of them.
          </EmptyState>
        }
      />
      {shown !== null && (
        <Dialog title={shown.action_type} isOpen onClose={() => setShown(null)} size="large">
          <pre className={styles.payload} tabIndex={0} aria-label="Details">
            {JSON.stringify(shown, null, 2)}
          </pre>
        </Dialog>
      )}
    </>
  )
}
