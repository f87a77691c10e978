import type { ReactNode } from 'react'
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components'
import { useNavigate } from 'react-router'
import styles from './tabs.module.css'

export interface TabDefinition {
  /** The last part of the tab's address. */
  id: string
  label: string
  /** How many there are, where that is known. */
  count?: number | undefined
  content: () => ReactNode
}

/** Tabs with an address each: `base/<id>`, so that Back and a copied link lead to the same tab. */
export function Tabs({
  label,
  base,
  tabs,
  selected,
}: {
  label: string
  base: string
  tabs: TabDefinition[]
  selected: string | undefined
}) {
  const navigate = useNavigate()
  const current = tabs.find(({ id }) => id === selected) ?? tabs[0]
  if (current === undefined) return null
  return (
    <AriaTabs
      className={styles.tabs}
      selectedKey={current.id}
      keyboardActivation="manual"
      onSelectionChange={(key) => {
        if (key !== current.id) void navigate(`${base}/${String(key)}`, { replace: true })
      }}
    >
      <TabList aria-label={label} className={styles.list}>
        {tabs.map(({ id, label: name, count }) => (
          <Tab key={id} id={id} className={styles.tab}>
            {name}
            {count !== undefined && <span className={styles.count}>{count}</span>}
          </Tab>
        ))}
      </TabList>
      <TabPanel key={current.id} id={current.id} className={styles.panel}>
        {current.content()}
      </TabPanel>
    </AriaTabs>
  )
}
