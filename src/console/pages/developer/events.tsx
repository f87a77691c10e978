import { useState } from 'react'
import { useAnswer } from '../../api/queries.ts'
import type { Params, SeamEvent } from '../../api/routes.ts'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { useSearch } from '../../kit/search.ts'
import styles from './developer.module.css'

const BEGINNING = '1970-01-01T00:00:00.000Z'
/** The newest so many. */
const MOST = 1000

const columns: Column<SeamEvent>[] = [
  { id: 'event_type', header: 'Event', width: 'minmax(240px, 2fr)', cell: (event) => <code>{event.event_type}</code> },
  {
    id: 'about',
    header: 'About',
    width: 'minmax(240px, 2fr)',
    cell: (event) => aboutOf(event),
  },
  {
    id: 'occurred_at',
    header: 'Occurred',
    width: DATE_TIME_WIDTH,
    cell: (event) => <DateTime at={event.occurred_at} />,
  },
]

/** The resource that the type names: `access_method.issued` -> its access_method_id. */
function aboutOf(event: SeamEvent): string {
  const field = `${event.event_type.split('.')[0] ?? ''}_id`
  const value = (event as Record<string, unknown>)[field]
  return typeof value === 'string' ? value : ''
}

export function Events() {
  const search = useSearch('event_type')
  const [shown, setShown] = useState<SeamEvent | null>(null)
  // `order` is this server's own, beside the published parameters.
  const params = { since: BEGINNING, limit: MOST, order: 'newest_first' } as Params<'/events/list'>
  const { data, error, isPending, refetch } = useAnswer('/events/list', params)
  const events = (data?.events ?? []).filter(({ event_type }) => event_type.includes(search.settled))
  return (
    <>
      <DataTable
        label="Events"
        list={{
          rows: events,
          isLoading: isPending,
          isRefreshing: false,
          error,
          hasMore: false,
          isLoadingMore: false,
          loadMore: () => undefined,
          retry: () => void refetch(),
        }}
        columns={columns}
        rowId={(event) => event.event_id}
        rowName={(event) => event.event_type}
        idName="event_id"
        actions={(event) => [{ id: 'payload', label: 'Show payload', onAction: () => setShown(event) }]}
        search={{ ...search, label: 'Filter by type' }}
        empty={<EmptyState title="Nothing has happened yet" />}
      />
      {shown !== null && (
        <Dialog title={shown.event_type} isOpen onClose={() => setShown(null)} size="large">
          <pre className={styles.payload} tabIndex={0} aria-label="Payload">
            {JSON.stringify(shown, null, 2)}
          </pre>
        </Dialog>
      )}
    </>
  )
}
