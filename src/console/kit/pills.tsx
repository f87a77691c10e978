import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import type { Option } from './fields.tsx'
import styles from './pills.module.css'

/** One of a few, as a row of pills: for filters above a table. */
export function Pills({
  label,
  options,
  value,
  onChange,
}: {
  label: string
  options: readonly Option[]
  value: string
  onChange: (id: string) => void
}) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      className={styles.group}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [key] = [...keys]
        if (key !== undefined) onChange(String(key))
      }}
    >
      {options.map((option) => (
        <ToggleButton key={option.id} id={option.id} className={styles.pill}>
          {option.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
