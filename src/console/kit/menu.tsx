import {
  Button as AriaButton,
  Menu as AriaMenu,
  MenuItem,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components'
import { Ellipsis, type LucideIcon } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import { Button, IconButton } from './button.tsx'
import styles from './menu.module.css'

export interface MenuAction {
  id: string
  label: string
  icon?: LucideIcon
  /** Takes something away: set apart, in red. */
  isDangerous?: boolean
  isDisabled?: boolean
  onAction: () => void
}

function Items({ label, actions }: { label: string; actions: MenuAction[] }) {
  return (
    <Popover className={styles.popover}>
      <AriaMenu aria-label={label} className={styles.menu}>
        {actions.map(({ id, label: name, icon: Icon, isDangerous = false, isDisabled = false, onAction }, index) => (
          <Fragment key={id}>
            {isDangerous && index > 0 && actions[index - 1]?.isDangerous !== true && (
              <Separator className={styles.separator} />
            )}
            <MenuItem
              id={id}
              textValue={name}
              isDisabled={isDisabled}
              onAction={onAction}
              className={`${styles.item} ${isDangerous ? styles.dangerous : ''}`}
            >
              {Icon && <Icon aria-hidden size={18} />}
              <span>{name}</span>
            </MenuItem>
          </Fragment>
        ))}
      </AriaMenu>
    </Popover>
  )
}

/** The "…" of a row or a page. `label` says of what. */
export function MoreMenu({ label, actions }: { label: string; actions: MenuAction[] }) {
  return (
    <MenuTrigger>
      <IconButton label={label} icon={Ellipsis} />
      <Items label={label} actions={actions} />
    </MenuTrigger>
  )
}

/** A menu behind a worded button. */
export function MenuButton({ label, icon, actions }: { label: string; icon?: LucideIcon; actions: MenuAction[] }) {
  return (
    <MenuTrigger>
      <Button {...(icon === undefined ? {} : { icon })}>{label}</Button>
      <Items label={label} actions={actions} />
    </MenuTrigger>
  )
}

/** A menu behind whatever the caller draws; `label` is the menu's, the button is named by what it shows. */
export function CustomMenu({
  label,
  className,
  actions,
  children,
}: {
  label: string
  className: string | undefined
  actions: MenuAction[]
  children: ReactNode
}) {
  return (
    <MenuTrigger>
      <AriaButton className={className}>{children}</AriaButton>
      <Items label={label} actions={actions} />
    </MenuTrigger>
  )
}
