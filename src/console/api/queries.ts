/** Reading and changing through TanStack Query. A query's key is `[path, params]`; live changes find it by its path. */
import {
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  keepPreviousData,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError, call, callAs } from './client.ts'
import { isTouched, kindsOf } from './kinds.ts'
import type { Answer, Pagination, Params, Path } from './routes.ts'

/** Rows asked for at once; further pages follow while scrolling. */
const PAGE_SIZE = 200

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // What the server refused it refuses again; what it could not answer may work in a moment.
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
        retryDelay: (failures) => 500 * 2 ** failures,
        // Deleted elsewhere: the error shows at once instead of the old state.
        throwOnError: false,
      },
    },
  })
}

/** Fetches again what is on the screen and depends on one of these kinds; what is not shown is fetched when it is next. */
export async function invalidateKinds(client: QueryClient, kinds: readonly string[] | 'all'): Promise<void> {
  const changed = new Set(kinds)
  await client.invalidateQueries(
    { predicate: (query) => kinds === 'all' || isTouched(String(query.queryKey[0]), changed) },
    // A list that is being fetched already is not started over by each change of a busy minute.
    { cancelRefetch: false },
  )
}

/** One answer, kept up to date. `params` null = not asked yet. */
export function useAnswer<P extends Path>(
  path: P,
  params: Params<P> | null,
  { keepsPrevious = false }: { keepsPrevious?: boolean } = {},
): UseQueryResult<Answer<P>> {
  return useQuery({
    queryKey: [path, params],
    queryFn: ({ signal }) => call(path, params as Params<P>, { signal }),
    enabled: params !== null,
    // While others are asked for, what was found before stays in the list, and so does the keyboard's place in it.
    ...(keepsPrevious ? { placeholderData: keepPreviousData } : {}),
  })
}

/** A list as a table shows it: the rows loaded so far, and how to get more. */
export interface List<T> {
  rows: T[]
  isLoading: boolean
  /** Loading other rows than those shown, as after a change of the search. */
  isRefreshing: boolean
  error: Error | null
  hasMore: boolean
  isLoadingMore: boolean
  loadMore: () => void
  retry: () => void
}

/**
 * A list, page by page. `rowsOf` picks the rows from an answer; give it as a constant function. Lists that are not paged
 * by the contract (`paged: false`) are asked for whole. The contract's order is oldest first; `newestFirst` turns it round.
 */
export function useList<P extends Path, T>(
  path: P,
  params: Params<P> | null,
  rowsOf: (answer: Answer<P>) => T[],
  { paged = true, newestFirst = false }: { paged?: boolean; newestFirst?: boolean } = {},
): List<T> {
  const query = useInfiniteQuery({
    queryKey: [path, params, newestFirst ? 'newest first' : 'pages'],
    queryFn: ({ signal, pageParam }) =>
      call(
        path,
        {
          ...params,
          ...(paged ? { limit: PAGE_SIZE } : {}),
          ...(newestFirst ? { order: 'newest_first' } : {}),
          ...(pageParam === null ? {} : { page_cursor: pageParam }),
        } as Params<P>,
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (answer) => (answer as { pagination?: Pagination }).pagination?.next_page_cursor ?? null,
    enabled: params !== null,
    // While the next search runs the rows of the last one stay.
    placeholderData: keepPreviousData,
    // Comparing ten thousand rows field by field after each page costs more than drawing those in sight again.
    structuralSharing: false,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => rowsOf(page)) ?? [], [query.data, rowsOf])
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

/**
 * A change. What it touches is fetched again by the kinds of its own path and `alsoTouches`; errors are the caller's to
 * show (`ActionForm` and `useAction` do).
 */
export function useCommand<P extends Path>(
  path: P,
  alsoTouches: readonly string[] = [],
): UseMutationResult<Answer<P>, Error, Params<P>> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (params: Params<P>) => call(path, params),
    onSuccess: () => void invalidateKinds(client, [...kindsOf(path), ...alsoTouches]),
  })
}

/** As `useAnswer`, for operations that the published description does not type. */
export function useAnswerAs<T>(path: Path, params: object | null): UseQueryResult<T> {
  return useQuery({
    queryKey: [path, params],
    queryFn: ({ signal }) => callAs<T>(path, params ?? {}, { signal }),
    enabled: params !== null,
  })
}
