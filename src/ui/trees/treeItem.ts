import * as vscode from 'vscode';
import { tooltipMarkdown } from './markdown';
import type { Row } from './row';

const expansion = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
};

/** A row as the editor's own kind of line. */
export function treeItem(row: Row): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, expansion[row.children ?? 'none']);
  item.id = row.id;
  item.accessibilityInformation = {
    label: [row.name ?? row.label, row.description].filter(Boolean).join(', '),
  };
  if (row.description !== undefined) item.description = row.description;
  if (row.contextValue !== undefined) item.contextValue = row.contextValue;
  if (row.command) item.command = { ...row.command };
  if (row.icon) {
    const color = row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color);
    item.iconPath = new vscode.ThemeIcon(row.icon.id, color);
  }
  if (row.tooltip) {
    const tooltip = new vscode.MarkdownString(tooltipMarkdown(row.tooltip));
    // Only the commands that we linked ourselves: names and reasons in it come from strangers.
    tooltip.isTrusted = { enabledCommands: (row.tooltip.links ?? []).map((link) => link.command) };
    item.tooltip = tooltip;
  }
  return item;
}
