import {
  Button as AriaButton,
  Link as AriaLink,
  type ButtonProps as AriaButtonProps,
  type LinkProps,
} from 'react-aria-components'
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './button.module.css'
import { useRowFocus } from './row-focus.ts'
import { Spinner } from './spinner.tsx'

type Look = 'primary' | 'plain' | 'danger' | 'quiet'

interface Shown {
  look?: Look
  icon?: LucideIcon
  children: ReactNode
}

export interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style'>, Shown {}

/** `isPending` keeps the focus, announces itself, and lets nobody press twice. */
export function Button({ look = 'plain', icon: Icon, children, isPending = false, onPress, ...props }: ButtonProps) {
  // Not React Aria's own isPending: its announcement refers to an element that a closed dialog takes along.
  return (
    <AriaButton
      {...useRowFocus()}
      {...props}
      onPress={(event) => {
        if (!isPending) onPress?.(event)
      }}
      className={`${styles.button} ${styles[look]} ${isPending ? styles.pending : ''}`}
    >
      {isPending ? <Spinner /> : Icon && <Icon aria-hidden size={18} />}
      <span>{children}</span>
      {isPending && (
        <span className="visually-hidden" role="status">
          Working
        </span>
      )}
    </AriaButton>
  )
}

/** A link that looks like a button: for going somewhere. */
export function LinkButton({
  look = 'plain',
  icon: Icon,
  children,
  ...props
}: Omit<LinkProps, 'children' | 'className' | 'style'> & Shown) {
  return (
    <AriaLink {...useRowFocus()} {...props} className={`${styles.button} ${styles[look]}`}>
      {Icon && <Icon aria-hidden size={18} />}
      <span>{children}</span>
    </AriaLink>
  )
}

/** A button that shows its icon alone; `label` is what it is called. */
export function IconButton({
  label,
  icon: Icon,
  ...props
}: Omit<AriaButtonProps, 'children' | 'className' | 'style' | 'aria-label'> & { label: string; icon: LucideIcon }) {
  return (
    <AriaButton
      {...useRowFocus()}
      {...props}
      aria-label={label}
      className={`${styles.button} ${styles.quiet} ${styles.round}`}
    >
      <Icon aria-hidden size={18} />
    </AriaButton>
  )
}
