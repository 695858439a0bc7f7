package io.robusttrain.report.page;

/**
 * An image before and after an attack, with the model's answers.
 *
 * @param label its true class
 * @param clean the image as PNG
 * @param answer the class that the model takes it for
 * @param confidence probability of that class, in [0,1]
 * @param attacked the attacked image as PNG
 * @param attackedAnswer the class that the model takes it for
 * @param attackedConfidence probability of that class, in [0,1]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Picture(
    String label,
    byte[] clean,
    String answer,
    double confidence,
    byte[] attacked,
    String attackedAnswer,
    double attackedConfidence) {}
