/** Picks doors: by system and name; what is picked stays in sight and can be taken out again. */
import { Check, X } from 'lucide-react'
import { useState } from 'react'
import { Button as AriaButton, Label, ListBox, ListBoxItem, Tag, TagGroup, TagList } from 'react-aria-components'
import { useAnswer } from '../../api/queries.ts'
import type { AcsEntrance } from '../../api/routes.ts'
import list from '../../kit/list.module.css'
import styles from './entrance-picker.module.css'
import { SearchField, Select } from '../../kit/fields.tsx'
import { ErrorState } from '../../kit/problem.tsx'
import { useSettled } from '../../kit/settled.ts'
import { Spinner } from '../../kit/spinner.tsx'

/** Doors shown at once; more are found by typing. */
const SHOWN = 200
const ALL = 'all'

export interface EntrancePickerProps {
  label: string
  value: readonly AcsEntrance[]
  onChange: (entrances: AcsEntrance[]) => void
}

export function EntrancePicker({ label, value, onChange }: EntrancePickerProps) {
  const [text, setText] = useState('')
  const [acsSystemId, setAcsSystemId] = useState(ALL)
  const search = useSettled(text)
  const { data: systems } = useAnswer('/acs/systems/list', {})
  const { data, error, refetch, isPending } = useAnswer('/acs/entrances/list', {
    limit: SHOWN,
    ...(search === '' ? {} : { search }),
    ...(acsSystemId === ALL ? {} : { acs_system_id: acsSystemId }),
  })
  const nameOf = (id: string): string => systems?.acs_systems.find((one) => one.acs_system_id === id)?.name ?? ''
  const entrances = data?.acs_entrances ?? []
  const picked = new Set(value.map(({ acs_entrance_id }) => acs_entrance_id))

  return (
    <div className={styles.picker}>
      <div className={styles.tools}>
        <Select
          label="Access system"
          isLabelHidden
          options={[
            { id: ALL, label: 'All access systems' },
            ...(systems?.acs_systems ?? []).map(({ acs_system_id, name }) => ({ id: acs_system_id, label: name })),
          ]}
          value={acsSystemId}
          onChange={setAcsSystemId}
        />
        <SearchField label="Search doors" value={text} onChange={setText} />
      </div>
      {value.length > 0 && (
        <TagGroup onRemove={(keys) => onChange(value.filter(({ acs_entrance_id }) => !keys.has(acs_entrance_id)))}>
          <Label className={styles.count}>
            {value.length === 1 ? '1 door chosen' : `${String(value.length)} doors chosen`}
          </Label>
          <TagList
            items={value.map((entrance) => ({ id: entrance.acs_entrance_id, name: entrance.display_name }))}
            className={styles.tags}
          >
            {({ id, name }) => (
              <Tag id={id} textValue={name} className={styles.tag}>
                <span>{name}</span>
                <AriaButton slot="remove" className={styles.remove} aria-label={`Take out ${name}`}>
                  <X aria-hidden size={14} />
                </AriaButton>
              </Tag>
            )}
          </TagList>
        </TagGroup>
      )}
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Spinner label="Loading doors" />
      ) : (
        <ListBox
          aria-label={label}
          className={`${list.list} ${styles.list}`}
          selectionMode="multiple"
          selectedKeys={picked}
          items={entrances.map((entrance) => ({ id: entrance.acs_entrance_id, entrance }))}
          renderEmptyState={() => <p className={list.none}>No door is called that.</p>}
          onSelectionChange={(keys) => {
            const isPicked = (id: string): boolean => keys === 'all' || keys.has(id)
            const shown = new Set(entrances.map(({ acs_entrance_id }) => acs_entrance_id))
            onChange([
              ...value.filter(({ acs_entrance_id: id }) => !shown.has(id) || isPicked(id)),
              ...entrances.filter(({ acs_entrance_id: id }) => !picked.has(id) && isPicked(id)),
            ])
          }}
        >
          {({ id, entrance }) => (
            <ListBoxItem id={id} textValue={entrance.display_name} className={list.item}>
              {({ isSelected }) => (
                <>
                  <span className={list.box} data-selected={isSelected || undefined} aria-hidden>
                    <Check size={16} />
                  </span>
                  <span className={styles.name}>{entrance.display_name}</span>
                  <span className={styles.system}>{nameOf(entrance.acs_system_id)}</span>
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      )}
      {data?.pagination.has_next_page === true && (
        <p className={styles.more}>The first {SHOWN} doors are shown. Type a name to find others.</p>
      )}
    </div>
  )
}
