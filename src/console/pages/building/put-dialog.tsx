/** Where to? Every door and encoder that takes it, by name: the way of the keyboard and of the screen reader. */
import { useState } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components'
import { Dialog } from '../../kit/dialog.tsx'
import { SearchField } from '../../kit/fields.tsx'
import { fits, type Carried, type Target } from './carry.ts'
import type { Building } from './data.ts'
import { useHands } from './hands.tsx'
import list from '../../kit/list.module.css'
import styles from './put-dialog.module.css'

export function PutDialog({
  building,
  carried,
  name,
  isOpen,
  onClose,
}: {
  building: Building
  carried: Carried
  name: string
  isOpen: boolean
  onClose: () => void
}) {
  return (
    <Dialog
      title={carried.kind === 'blank' ? `Put ${name} on` : `Present ${name} to`}
      isOpen={isOpen}
      onClose={onClose}
      size="small"
    >
      <Targets building={building} carried={carried} onDone={onClose} />
    </Dialog>
  )
}

function Targets({ building, carried, onDone }: { building: Building; carried: Carried; onDone: () => void }) {
  const hands = useHands()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const targets: { id: string; label: string; target: Target }[] = [
    ...building.entrances.map((door) => ({
      id: door.acs_entrance_id,
      label: door.display_name,
      target: { kind: 'door', acs_entrance_id: door.acs_entrance_id } as const,
    })),
    ...building.encoders.map((encoder) => ({
      id: encoder.acs_encoder_id,
      label: `${encoder.display_name} (encoder)`,
      target: { kind: 'encoder', acs_encoder_id: encoder.acs_encoder_id } as const,
    })),
  ].filter(({ label, target }) => fits(carried, target.kind) && label.toLowerCase().includes(wanted))
  return (
    <>
      {building.entrances.length > 8 && <SearchField label="Find a door" value={text} onChange={setText} />}
      <ListBox
        aria-label="Doors and encoders"
        items={targets}
        className={`${list.list} ${styles.list}`}
        selectionMode="none"
        onAction={(key) => {
          const chosen = targets.find(({ id }) => id === key)
          if (chosen === undefined) return
          onDone()
          void hands.put(carried, chosen.target)
        }}
        renderEmptyState={() => <span className={list.none}>No door of this name</span>}
      >
        {({ id, label }) => (
          <ListBoxItem id={id} textValue={label} className={list.item}>
            {label}
          </ListBoxItem>
        )}
      </ListBox>
    </>
  )
}
