/** The resources of a manifest: what an item's `identifierref` can launch (SCORM 1.2 CAM 2.3.6, 2004 CAM 3.4.1.8). */
import { type ContentFiles, type ResolvedHref, resolveHref } from "./contentHref.ts";
import type { ImportWarnings } from "./importWarnings.ts";
import { attributeOf, childOf, childrenOf, type XmlElement } from "./xmlTree.ts";
import { show } from "./zipNames.ts";

export interface Resource {
  readonly href: string;
  readonly type: "sco" | "asset";
}

/** Looks resources up by id; tells of each one's oddities when it is first used. */
export class ManifestResources {
  readonly #elements = new Map<string, XmlElement>();
  readonly #launchable = new Map<string, Resource | null>();
  readonly #bases: readonly string[];
  readonly #files: ContentFiles;
  readonly #warnings: ImportWarnings;

  constructor(manifest: XmlElement, files: ContentFiles, warnings: ImportWarnings) {
    this.#files = files;
    this.#warnings = warnings;
    const resources = childOf(manifest, "imscp", "resources");
    this.#bases = [baseOf(manifest), baseOf(resources)];
    for (const element of childrenOf(resources, "imscp", "resource")) {
      const id = attributeOf(element, "imscp", "identifier") ?? "";
      if (this.#elements.has(id)) {
        warnings.add(
          "resource_duplicate",
          `Two resources have the identifier ${show(id)}; the first one counts.`,
        );
      } else {
        this.#elements.set(id, element);
      }
    }
  }

  has(id: string): boolean {
    return this.#elements.has(id);
  }

  /** Null where the resource is unknown or nothing of it can be opened. */
  launchable(id: string): Resource | null {
    const known = this.#launchable.get(id);
    if (known !== undefined) return known;
    const element = this.#elements.get(id);
    const resource = element === undefined ? null : this.#read(id, element);
    this.#launchable.set(id, resource);
    return resource;
  }

  /** Files that the manifest lists and the zip does not have: few courses notice, so it is only said. */
  warnOfAbsentFiles(): void {
    const absent: string[] = [];
    for (const element of this.#elements.values()) {
      const bases = [...this.#bases, baseOf(element)];
      for (const file of childrenOf(element, "imscp", "file")) {
        const resolved = resolveHref(this.#files, bases, attributeOf(file, "imscp", "href") ?? "");
        if (resolved.type === "missing") absent.push(resolved.path);
      }
    }
    const [first] = absent;
    if (first === undefined) return;
    const detail = `Files that the manifest lists are not in the zip: ${absent.length}, such as ${show(first)}.`;
    this.#warnings.add("files_absent", detail);
  }

  #read(id: string, element: XmlElement): Resource | null {
    const bases = [...this.#bases, baseOf(element)];
    const href = attributeOf(element, "imscp", "href") || this.#hrefOfFirstPage(id, element);
    if (href === undefined) {
      this.#warnings.add(
        "resource_href_missing",
        `The resource ${show(id)} has no href, so it can't be opened.`,
      );
      return null;
    }
    const resolved = resolveHref(this.#files, bases, href);
    const launchHref = this.#told(id, href, resolved);
    return launchHref === null ? null : { href: launchHref, type: this.#scormType(id, element) };
  }

  #hrefOfFirstPage(id: string, element: XmlElement): string | undefined {
    const hrefs = childrenOf(element, "imscp", "file").map((file) => attributeOf(file, "imscp", "href"));
    const page = hrefs.find((href) => href !== undefined && /\.html?$/i.test(href));
    if (page !== undefined) {
      this.#warnings.add(
        "resource_href_missing",
        `The resource ${show(id)} has no href; its first page, ${show(page)}, is opened.`,
      );
    }
    return page;
  }

  #told(id: string, href: string, resolved: ResolvedHref): string | null {
    switch (resolved.type) {
      case "external":
        this.#warnings.add(
          "href_external",
          `The resource ${show(id)} is opened from elsewhere: ${resolved.href}`,
        );
        return resolved.href;
      case "file":
        if (!resolved.exactName) {
          this.#warnings.add(
            "href_corrected",
            `The resource ${show(id)} is opened by ${show(href)}; the file found is ${show(resolved.href)}.`,
          );
        }
        return resolved.href;
      case "missing":
        this.#warnings.add(
          "launch_file_absent",
          `The resource ${show(id)} is opened by ${show(href)}, which is not in the zip.`,
        );
        return null;
      case "refused":
        this.#warnings.add(
          "href_refused",
          `The href of the resource ${show(id)} ${resolved.why}, so it can't be opened.`,
        );
        return null;
    }
  }

  /**
   * A course that speaks SCORM and is taken for an asset would be completed by being opened; an asset taken
   * for a course is merely not. So without a word about it a resource is a SCO.
   */
  #scormType(id: string, element: XmlElement): "sco" | "asset" {
    const written = attributeOf(element, "adlcp", "scormtype");
    const type = written?.toLowerCase();
    if (type === "sco" || type === "asset") return type;
    const said = written === undefined ? "does not say" : `says ${show(written)}`;
    this.#warnings.add(
      "scormtype_missing",
      `The resource ${show(id)} ${said} whether it is a sco or an asset; it is run as a sco.`,
    );
    return "sco";
  }
}

function baseOf(element: XmlElement | undefined): string {
  return attributeOf(element, "unknown", "base") ?? "";
}
