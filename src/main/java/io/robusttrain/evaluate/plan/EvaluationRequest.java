package io.robusttrain.evaluate.plan;

/**
 * What a user asks {@code RobustEval} for, not checked against model and data.
 *
 * @param subject which model, with which images
 * @param attacks what is done with them
 */
public record EvaluationRequest(SubjectRequest subject, AttackRequest attacks) {}
