import * as vscode from 'vscode';

/** An icon for `WebviewPanel.iconPath`, as addresses that hold their pictures. */
export function tabIcon(picture: (theme: 'light' | 'dark') => string): {
  light: vscode.Uri;
  dark: vscode.Uri;
} {
  const address = (theme: 'light' | 'dark') =>
    vscode.Uri.parse(`data:image/svg+xml;base64,${btoa(picture(theme))}`);
  return { light: address('light'), dark: address('dark') };
}
