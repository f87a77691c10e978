/** Choosing rows out of a long list: searched by the server, more loaded while scrolling, any number or one. */
import { ListBox, ListBoxItem, ListBoxLoadMoreItem, type Selection } from 'react-aria-components'
import { Check } from 'lucide-react'
import type { List } from '../api/queries.ts'
import { SearchField } from './fields.tsx'
import styles from './picker.module.css'
import { ErrorText, Notice } from './problem.tsx'
import type { SearchState } from './search.ts'
import { Spinner } from './spinner.tsx'

export interface PickerProps<T extends object> {
  label: string
  /** What there is to choose from; it follows `search`. */
  list: List<T>
  search: SearchState & { label: string }
  rowId: (row: T) => string
  rowName: (row: T) => string
  rowHint?: (row: T) => string | undefined
  /** More than one may be chosen. */
  isMultiple?: boolean
  chosen: readonly string[]
  onChoose: (ids: string[], rows: T[]) => void
  /** What is said when there is nothing to choose from. */
  none: string
}

export function Picker<T extends object>(props: PickerProps<T>) {
  const { search } = props
  return (
    <div className={styles.picker}>
      <SearchField label={search.label} value={search.text} onChange={search.setText} />
      <Rows {...props} />
    </div>
  )
}

function Rows<T extends object>({
  label,
  list,
  rowId,
  rowName,
  rowHint,
  isMultiple = false,
  chosen,
  onChoose,
  none,
  search,
}: PickerProps<T>) {
  if (list.isLoading) return <Spinner label="Loading" />
  if (list.error !== null) {
    return (
      <Notice tone="bad">
        <ErrorText error={list.error} />
      </Notice>
    )
  }
  if (list.rows.length === 0) return <p className={styles.none}>{search.settled !== '' ? 'Nothing found.' : none}</p>
  const choose = (keys: Selection): void => {
    const ids = keys === 'all' ? list.rows.map(rowId) : [...keys].map(String)
    // What was chosen and is not among the rows found by this search stays chosen.
    const shown = new Set(list.rows.map(rowId))
    const kept = isMultiple ? chosen.filter((id) => !shown.has(id)) : []
    const next = [...kept, ...ids.filter((id) => shown.has(id))]
    onChoose(
      next,
      list.rows.filter((row) => next.includes(rowId(row))),
    )
  }
  return (
    <ListBox
      aria-label={label}
      className={styles.list}
      selectionMode={isMultiple ? 'multiple' : 'single'}
      selectedKeys={chosen}
      onSelectionChange={choose}
      escapeKeyBehavior="none"
    >
      {list.rows.map((row) => (
        <ListBoxItem key={rowId(row)} id={rowId(row)} textValue={rowName(row)} className={styles.row}>
          {({ isSelected }) => (
            <>
              <span className={styles.text}>
                <span>{rowName(row)}</span>
                {rowHint?.(row) !== undefined && <span className={styles.hint}>{rowHint(row)}</span>}
              </span>
              <span className={styles.mark} aria-hidden>
                {isSelected && <Check size={18} />}
              </span>
            </>
          )}
        </ListBoxItem>
      ))}
      {list.hasMore && (
        <ListBoxLoadMoreItem isLoading={list.isLoadingMore} onLoadMore={list.loadMore}>
          <Spinner label="Loading more" />
        </ListBoxLoadMoreItem>
      )}
    </ListBox>
  )
}
