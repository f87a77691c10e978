/** What happened, newest first, with the whole event on demand. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { call } from '../../api/client.ts'
import { eventsBefore, newestSpan, type Span } from '../../api/newest-events.ts'
import type { List } from '../../api/queries.ts'
import type { Params, SeamEvent } from '../../api/routes.ts'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import styles from './events-table.module.css'

export type EventFilters = Omit<Params<'/events/list'>, 'since' | 'between' | 'limit' | 'unstable_offset'>

/** Nothing happened before this, whatever a sandbox's clock was set to. */
const OLDEST_MS = Date.UTC(2000, 0, 1)

/** Events that meet the filters, newest first. `filters` goes into the query's key: equal filters share what was read. */
export function useEvents(filters: EventFilters): List<SeamEvent> {
  const query = useInfiniteQuery({
    queryKey: ['/events/list', filters, 'newest'],
    queryFn: async ({ signal, pageParam }) => {
      const ask = async (fromMs: number, untilMs: number, limit: number): Promise<SeamEvent[]> => {
        const between = [new Date(fromMs).toISOString(), new Date(untilMs).toISOString()]
        const params = { ...filters, between, limit } as unknown as Params<'/events/list'>
        return (await call('/events/list', params, { signal })).events
      }
      return eventsBefore(ask, pageParam ?? (await newestSpan(ask, Date.now())), OLDEST_MS)
    },
    initialPageParam: null as Span | null,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    structuralSharing: false,
  })
  const rows = useMemo(() => distinct(query.data?.pages.flatMap(({ events }) => events) ?? []), [query.data])
  return {
    rows,
    isLoading: query.isPending,
    isRefreshing: query.isPlaceholderData,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage({ cancelRefetch: false }),
    retry: () => void query.refetch(),
  }
}

/** Spans of time overlap by a moment: an event may come twice. */
function distinct(events: SeamEvent[]): SeamEvent[] {
  return [...new Map(events.map((event) => [event.event_id, event])).values()]
}

const columns: Column<SeamEvent>[] = [
  { id: 'event_type', header: 'Event', width: 'minmax(240px, 2fr)', cell: (event) => event.event_type },
  { id: 'occurred_at', header: 'When', width: DATE_TIME_WIDTH, cell: (event) => <DateTime at={event.occurred_at} /> },
]

export function EventsTable({ filters, label }: { filters: EventFilters; label: string }) {
  const list = useEvents(filters)
  const [shown, setShown] = useState<SeamEvent | null>(null)
  return (
    <>
      <DataTable
        label={label}
        list={list}
        columns={columns}
        rowId={(event) => event.event_id}
        rowName={(event) => event.event_type}
        idName="event_id"
        onOpen={setShown}
        empty={<EmptyState title="Nothing has happened yet" />}
      />
      <Dialog title={shown?.event_type ?? ''} isOpen={shown !== null} onClose={() => setShown(null)} size="large">
        <pre className={styles.payload} tabIndex={0}>
          {JSON.stringify(shown, null, 2)}
        </pre>
      </Dialog>
    </>
  )
}
