/** A card, a phone or a code: it can be dragged, taken in the hand, and sent somewhere from its menu. */
import { useState, type ReactNode } from 'react'
import { ToggleButton, useDrag } from 'react-aria-components'
import { Grab, Send, type LucideIcon } from 'lucide-react'
import { MoreMenu, type MenuAction } from '../../kit/menu.tsx'
import { dragItem, isSame, type Carried } from './carry.ts'
import { useHands } from './hands.tsx'
import { PutDialog } from './put-dialog.tsx'
import type { Building } from './data.ts'
import styles from './thing.module.css'

export interface ThingProps {
  building: Building
  carried: Carried
  name: string
  icon: LucideIcon
  children?: ReactNode
  /** After what every thing can: Present to. */
  actions?: MenuAction[]
}

export function Thing({ building, carried, name, icon: Icon, children, actions = [] }: ThingProps) {
  const hands = useHands()
  const [isPutting, setPutting] = useState(false)
  const isInHand = isSame(hands.carried, carried)
  // With the keyboard it goes by the hand or the menu: both say where it can go.
  const { dragProps, isDragging } = useDrag({ getItems: () => [dragItem(carried)], hasDragButton: true })
  return (
    <div
      {...dragProps}
      className={styles.thing}
      data-in-hand={isInHand || undefined}
      data-dragging={isDragging || undefined}
      data-thing={carried.kind}
    >
      <Icon aria-hidden size={20} className={styles.icon} />
      <div className={styles.text}>
        <span className={styles.name}>{name}</span>
        {children !== undefined && <span className={styles.detail}>{children}</span>}
      </div>
      <ToggleButton
        className={styles.hand}
        isSelected={isInHand}
        onChange={() => hands.take(carried)}
        aria-label={`Take ${name} in the hand`}
      >
        <Grab aria-hidden size={18} />
      </ToggleButton>
      <MoreMenu
        label={`More for ${name}`}
        actions={[
          {
            id: 'put',
            label:
              carried.kind === 'blank'
                ? 'Put on an encoder…'
                : carried.kind === 'code'
                  ? 'Type at a door…'
                  : 'Present to…',
            icon: Send,
            onAction: () => setPutting(true),
          },
          ...actions,
        ]}
      />
      <PutDialog
        building={building}
        carried={carried}
        name={name}
        isOpen={isPutting}
        onClose={() => setPutting(false)}
      />
    </div>
  )
}
