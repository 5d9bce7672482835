// Settings by keyboard.
import { press, toTab } from './desk.js';

/** Goes to Settings, Tools, and to this tool by its keys. */
export async function toTool(desk, name) {
  await press(desk, ['Escape', 'g', 's']);
  await toTab(desk, 'Tools');
  const list = desk.getByRole('listbox', { name: 'Tools' });
  await list.focus();
  const tool = desk.getByRole('region', { name: 'Tool' });
  // Down to the last, and up again.
  for (let i = 0; i < 80 && !(await tool.getByText(name, { exact: true }).isVisible()); i += 1) {
    await desk.keyboard.press(i < 40 ? 'j' : 'k');
  }
  await tool.getByText(name, { exact: true }).waitFor();
  return tool;
}
