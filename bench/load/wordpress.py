"""A page as WordPress with a page builder and a shop makes them: dense with attributes, more than half of the bytes."""

import random

from world import ORIGINAL, SLOTS, anchor

BYTES = 788 << 10
WORDS = "line plant downtime platform teams reduce hours cost changeover engineers".split()


class Pieces:
    """What the page is made of; from one seed, always the same."""

    def __init__(self):
        self.dice = random.Random(788)

    def words(self, count):
        return " ".join(self.dice.choice(WORDS) for _ in range(count))

    def number(self, most=9999):
        return self.dice.randrange(1, most)

    def element(self, widget, inside):
        key = f"{self.dice.randrange(1 << 28):07x}"
        return (f'<div class="elementor-element elementor-element-{key} elementor-widget" data-id="{key}" data-element_type="widget" '
                f'data-e-type="widget" data-widget_type="{widget}.default"><div class="elementor-widget-container">{inside}</div></div>\n')

    def menu(self):
        number = self.number()
        return (f'<li id="menu-item-{number}" class="menu-item menu-item-type-post_type menu-item-{number}" role="none">'
                f'<a href="/{self.words(1)}/" class="elementor-item" role="menuitem" tabindex="-1" itemprop="url">'
                f'<span itemprop="name" class="name">{self.words(2)}</span></a></li>\n')

    def image(self):
        name = f"/wp-content/uploads/2026/{self.number(13):02}/{self.words(1)}"
        return self.element("image", f'<img decoding="async" loading="lazy" width="640" height="360" src="{name}.webp" class="wp-image-{self.number()}" '
                            f'alt="{self.words(2)}" srcset="{name}.webp 640w, {name}-300x168.webp 300w" sizes="100vw">')

    def heading(self):
        return self.element("heading", f'<h2 class="elementor-heading-title elementor-size-default">{self.words(4)}</h2>')

    def icons(self):
        out = "".join(f'<span class="elementor-grid-item" role="listitem"><a class="elementor-icon" href="#" target="_blank" rel="noopener" '
                      f'aria-label="{self.words(1)}"><svg aria-hidden="true" class="e-font-icon-svg" viewBox="0 0 512 512" width="16" height="16" '
                      f'fill="none" role="img" focusable="false"><path d="M{self.number()} 0z" fill="#000" stroke="#fff"/><circle cx="8" cy="8" '
                      f'r="{self.number(9)}" fill="none"/></svg></a></span>' for _ in range(4))
        return self.element("social-icons", f'<div class="elementor-grid" role="list">{out}</div>')

    def product(self):
        number = self.number()
        return (f'<li class="product type-product post-{number} status-publish instock"><a href="/?add-to-cart={number}" data-quantity="1" '
                f'class="button add_to_cart_button" data-product_id="{number}" data-product_sku="" aria-label="{self.words(2)}" rel="nofollow">'
                f'<span class="price"><bdi>{self.number(99)}</bdi></span></a></li>\n')

    def field(self):
        name = f"input_{self.number()}"
        return (f"<p class='gfield' id='field_{name}'><label for='{name}' class='gfield_label'>{self.words(1)}</label><input type='text' "
                f"name='{name}' id='{name}' value='' class='large' tabindex='4' placeholder='{self.words(1)}' aria-required=\"true\" "
                f"aria-invalid=\"false\" required disabled /></p>\n")

    def text(self):
        return self.element("text-editor", f'<p style="text-align: left;">{self.words(24)}</p>')

    def style(self):
        return f"<style id='inline-{self.number()}-css'>.elementor-{self.number()} > div {{ margin: 0 auto; }}</style>\n"

    def any(self):
        return self.dice.choice((self.menu, self.menu, self.image, self.heading, self.icons, self.icons, self.product, self.product,
                                 self.field, self.field, self.text, self.style))()


HEAD = ('<!DOCTYPE html>\n<html lang="en-US" prefix="og: https://ogp.me/ns#" class="no-js">\n<head>\n<meta charset="UTF-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Acme</title>\n'
        '<script type="application/ld+json" class="yoast-schema-graph">{"@context":"https://schema.org","@type":"WebPage"}</script>\n'
        '</head>\n<body class="home page-template page-template-elementor_header_footer page wp-custom-logo elementor-default">\n')


def wordpress(size=BYTES, slots=SLOTS):
    """About `size` bytes, slots spread evenly."""
    pieces, out, length, placed = Pieces(), [HEAD], len(HEAD), 0
    while length + 80 < size or placed < slots:
        if placed < slots and length >= size * (placed + 1) // (slots + 1):
            piece = f"{anchor(placed)}{ORIGINAL}</a>\n"
            placed += 1
        else:
            piece = pieces.any()
        out.append(piece)
        length += len(piece)
    return "".join(out) + "</body>\n</html>\n"
