/**
 * Image transforms with the arithmetic of Pillow and torchvision: antialiased resizing, crops,
 * flips, colour jitter, RandAugment, 3-Augment, rotation and erasing on 8-bit RGB, every random
 * draw from an explicit key. Imports {@code data}'s image record and exception, and {@code
 * schedule}.
 */
package io.robusttrain.data.transform;
