/**
 * The table of a list: only the rows in sight are in the document, further pages are fetched while scrolling, so ten
 * thousand rows scroll like ten. Arrow keys go from row to row (and within one, left and right), Enter opens it,
 * Shift+F10 opens its menu.
 */
import { useVirtualizer, defaultRangeExtractor, type Range } from '@tanstack/react-virtual'
import { Copy } from 'lucide-react'
import {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react'
import { Button as AriaButton, Link } from 'react-aria-components'
import { useNavigate } from 'react-router'
import type { List } from '../api/queries.ts'
import { Button } from './button.tsx'
import { copy } from './clipboard.ts'
import styles from './data-table.module.css'
import { SearchField } from './fields.tsx'
import { MoreMenu, type MenuAction } from './menu.tsx'
import { ErrorState, ErrorText, Notice } from './problem.tsx'
import { RowFocus, useRowFocus } from './row-focus.ts'
import type { SearchState } from './search.ts'
import { Spinner } from './spinner.tsx'

export interface Column<T> {
  id: string
  header: string
  /** A CSS grid track: `2fr`, `160px`, `minmax(120px, 1fr)`. */
  width?: string
  cell: (row: T) => ReactNode
  /** Numbers stand at the end. */
  isNumber?: boolean
}

export interface DataTableProps<T> {
  label: string
  list: List<T>
  /** The first column names the row, and is the link where rows have an address. */
  columns: readonly Column<T>[]
  rowId: (row: T) => string
  /** What a row is called, for the labels of its menu. */
  rowName: (row: T) => string
  /** The wire's name of the id: the menu's Copy Id says it. */
  idName: string
  href?: (row: T) => string
  /** For rows without an address: what a click or Enter does. */
  onOpen?: (row: T) => void
  /** Entries of the row's menu after Copy Id. */
  actions?: (row: T) => MenuAction[]
  search?: SearchState & { label: string }
  /** Beside the search. */
  filters?: ReactNode
  /** Shown for a list with nothing in it; a search that finds nothing says so itself. */
  empty: ReactNode
}

const ROW_HEIGHT = 56
/** The next page is fetched when this few loaded rows are left below. */
const AHEAD = 40

export function DataTable<T>(props: DataTableProps<T>) {
  const { list, search, filters, empty, label } = props
  const isSearching = (search?.settled ?? '') !== ''
  // Pages of which a filter left nothing: the next one may have something.
  const isStillLooking = list.rows.length === 0 && list.hasMore && list.error === null
  useEffect(() => {
    if (isStillLooking && !list.isLoading && !list.isLoadingMore) list.loadMore()
  }, [isStillLooking, list])
  return (
    <div className={styles.wrap}>
      {(search !== undefined || filters !== undefined) && (
        <div className={styles.tools}>
          {search !== undefined && <SearchField label={search.label} value={search.text} onChange={search.setText} />}
          {filters}
          {list.isRefreshing && <Spinner label="Searching" />}
        </div>
      )}
      {list.isLoading || isStillLooking ? (
        <Loading label={label} />
      ) : list.error !== null && list.rows.length === 0 ? (
        <ErrorState error={list.error} onRetry={list.retry} />
      ) : list.rows.length === 0 ? (
        <div className={styles.box}>
          {isSearching ? <p className={styles.nothing}>Nothing found for “{search?.settled}”.</p> : empty}
        </div>
      ) : (
        <Grid {...props} />
      )}
    </div>
  )
}

function Loading({ label }: { label: string }) {
  return (
    <div className={styles.box} aria-busy="true">
      <p className="visually-hidden" role="status">
        Loading {label}
      </p>
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} className={styles.bone} aria-hidden />
      ))}
    </div>
  )
}

function Grid<T>({ label, list, columns, rowId, rowName, idName, href, onOpen, actions }: DataTableProps<T>) {
  const { rows } = list
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  /** The row that takes the focus as soon as it is in the document. */
  const wanted = useRef<number | null>(null)
  const navigate = useNavigate()
  const activeRow = Math.min(active, rows.length - 1)

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    // The sticky header lies over the first row of the scrolled part.
    scrollPaddingStart: ROW_HEIGHT,
    // The row with the focus stays in the document when it is scrolled out of sight.
    rangeExtractor: useCallback(
      (range: Range) => {
        const shown = defaultRangeExtractor(range)
        return shown.includes(activeRow) ? shown : [...shown, activeRow].sort((a, b) => a - b)
      },
      [activeRow],
    ),
  })
  const items = virtual.getVirtualItems()
  const lastShown = virtual.range?.endIndex ?? 0

  useEffect(() => {
    const isNear = lastShown >= rows.length - AHEAD
    if (isNear && list.hasMore && !list.isLoadingMore && list.error === null) list.loadMore()
  }, [lastShown, rows.length, list])

  useEffect(() => {
    if (wanted.current === null) return
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${String(wanted.current)}"]`)
    if (row === null || row === undefined) return
    wanted.current = null
    row.focus({ preventScroll: true })
  })

  const open =
    href === undefined
      ? onOpen
      : (row: T): void => {
          void navigate(href(row))
        }

  const goTo = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index))
    wanted.current = next
    setActive(next)
    virtual.scrollToIndex(next)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const target = event.target as HTMLElement
    const rowElement = target.closest<HTMLElement>('[data-index]')
    if (rowElement === null || !event.currentTarget.contains(rowElement)) return
    const index = Number(rowElement.dataset['index'])
    const perPage = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1)
    const inside = [rowElement, ...rowElement.querySelectorAll<HTMLElement>('a, button')]
    const step = (by: number): void => inside[inside.indexOf(target) + by]?.focus()
    const row = rows[index]
    const keys: Record<string, (() => void) | undefined> = {
      ArrowDown: () => goTo(index + 1),
      ArrowUp: () => goTo(index - 1),
      PageDown: () => goTo(index + perPage),
      PageUp: () => goTo(index - perPage),
      Home: () => goTo(0),
      End: () => goTo(rows.length - 1),
      ArrowRight: () => step(1),
      ArrowLeft: () => step(-1),
      ContextMenu: () => openMenu(rowElement),
      F10: event.shiftKey ? () => openMenu(rowElement) : undefined,
      Enter: target === rowElement && open && row !== undefined ? () => open(row) : undefined,
    }
    // Arrow down on a menu's button opens the menu.
    if (event.key === 'ArrowDown' && target.getAttribute('aria-haspopup') !== null) return
    const act = keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }

  const onRowClick = (event: MouseEvent<HTMLDivElement>, row: T): void => {
    if (open === undefined || (event.target as HTMLElement).closest('a, button') !== null) return
    // Someone who marks a text to copy it does not want to go anywhere.
    if ((window.getSelection()?.toString() ?? '') !== '') return
    open(row)
  }

  const template = [...columns.map(({ width }) => width ?? 'minmax(0, 1fr)'), 'var(--target)'].join(' ')
  return (
    <div className={styles.box}>
      <div
        ref={scroller}
        className={styles.scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={list.hasMore ? -1 : rows.length + 1}
        aria-colcount={columns.length + 1}
        aria-busy={list.isRefreshing || list.isLoadingMore}
        onKeyDown={onKeyDown}
      >
        <div className={styles.head} role="rowgroup">
          <div className={styles.row} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            {columns.map((column) => (
              <div key={column.id} role="columnheader" className={column.isNumber ? styles.number : undefined}>
                {column.header}
              </div>
            ))}
            <div role="columnheader">
              <span className="visually-hidden">Actions</span>
            </div>
          </div>
        </div>
        <div className={styles.rows} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]
            if (row === undefined) return null
            return (
              <div
                key={rowId(row)}
                role="row"
                aria-rowindex={item.index + 2}
                data-index={item.index}
                tabIndex={item.index === activeRow ? 0 : -1}
                className={`${styles.row} ${styles.bodyRow} ${open === undefined ? '' : styles.link}`}
                style={{ gridTemplateColumns: template, transform: `translateY(${String(item.start)}px)` }}
                onFocus={() => setActive(item.index)}
                onClick={(event) => onRowClick(event, row)}
              >
                <Cells
                  row={row}
                  isActive={item.index === activeRow}
                  columns={columns}
                  name={rowName(row)}
                  id={rowId(row)}
                  idName={idName}
                  href={href?.(row)}
                  onOpen={onOpen}
                  actions={actions?.(row)}
                />
              </div>
            )
          })}
        </div>
      </div>
      {list.isLoadingMore && (
        <div className={styles.foot}>
          <Spinner label="Loading more" />
        </div>
      )}
      {list.error !== null && (
        <div className={styles.foot}>
          <Notice tone="bad" title="This could not be brought up to date">
            <ErrorText error={list.error} />
            <Button onPress={list.retry}>Retry</Button>
          </Notice>
        </div>
      )}
    </div>
  )
}

interface CellsProps<T> {
  row: T
  isActive: boolean
  columns: readonly Column<T>[]
  name: string
  id: string
  idName: string
  href: string | undefined
  onOpen: ((row: T) => void) | undefined
  actions: MenuAction[] | undefined
}

function Cells<T>({ row, isActive, columns, name, id, idName, href, onOpen, actions = [] }: CellsProps<T>) {
  const menu = [{ id: 'copy_id', label: 'Copy Id', icon: Copy, onAction: () => void copy(id, idName) }, ...actions]
  return (
    <RowFocus value={useMemo(() => ({ isActive }), [isActive])}>
      {columns.map((column, index) => (
        <div
          key={column.id}
          role={index === 0 ? 'rowheader' : 'gridcell'}
          className={`${styles.cell} ${column.isNumber ? styles.number : ''}`}
        >
          {index > 0 || (href === undefined && onOpen === undefined) ? (
            column.cell(row)
          ) : href !== undefined ? (
            <RowLink href={href}>{column.cell(row)}</RowLink>
          ) : (
            <RowButton onPress={() => onOpen?.(row)}>{column.cell(row)}</RowButton>
          )}
        </div>
      ))}
      <div role="gridcell" className={styles.menu} data-row-menu>
        <MoreMenu label={`Actions of ${name}`} actions={menu} />
      </div>
    </RowFocus>
  )
}

function RowButton({ onPress, children }: { onPress: () => void; children: ReactNode }) {
  return (
    <AriaButton {...useRowFocus()} onPress={onPress} className={styles.rowLink}>
      {children}
    </AriaButton>
  )
}

/** A link in a row. */
export function RowLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link {...useRowFocus()} href={href} className={styles.rowLink}>
      {children}
    </Link>
  )
}

/** Two lines in one cell: what it is, and beneath it the rest. */
export function TwoLines({ first, second }: { first: ReactNode; second: ReactNode }) {
  return (
    <span className={styles.twoLines}>
      <span>{first}</span>
      <span className={styles.second}>{second}</span>
    </span>
  )
}

/** As the arrow key on the menu's button does: open, with the first entry focused. */
function openMenu(row: HTMLElement): void {
  const button = row.querySelector<HTMLElement>('[data-row-menu] button')
  button?.focus()
  button?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
}
